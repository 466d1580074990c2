package dev.lathe.frontend.onnx;

import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The declared types of inputs. A dimension without a usable value becomes a symbol of its own. */
final class InputTypes {
    private InputTypes() {}

    static Type of(ValueInfoProto input, Map<String, Shape> shapes, Builder b) {
        Shape fixed = shapes.get(input.getName());
        if (fixed != null && input.getType().hasTensorType()) {
            TypeProto.Tensor t = input.getType().getTensorType();
            if (t.hasShape() && t.getShape().getDimCount() != fixed.rank()) {
                throw new InvalidOpException(
                        "it has rank " + t.getShape().getDimCount() + ", but the shape given for it is " + fixed);
            }
            return TensorType.of(ElementTypes.of(t.getElemType()), fixed);
        }
        return type(input.getType(), input.getName(), b);
    }

    static Type type(TypeProto proto, String name, Builder b) {
        return switch (proto.getValueCase()) {
            case TENSOR_TYPE -> tensor(proto.getTensorType(), name, b);
            case SEQUENCE_TYPE -> new SequenceType(element(proto.getSequenceType().getElemType(), name, b));
            case OPTIONAL_TYPE -> new OptionalType(element(proto.getOptionalType().getElemType(), name, b));
            default ->
                throw new InvalidOpException("it has the type " + proto.getValueCase() + ", which is not supported");
        };
    }

    /** The type of what a container holds, which may be a tensor of any rank. */
    private static Type element(TypeProto proto, String name, Builder b) {
        return proto.hasTensorType() && !proto.getTensorType().hasShape()
                ? TensorType.unranked(ElementTypes.of(proto.getTensorType().getElemType()))
                : type(proto, name, b);
    }

    private static Type tensor(TypeProto.Tensor t, String name, Builder b) {
        if (!t.hasShape()) {
            throw new InvalidOpException("its rank is not declared");
        }
        List<Dim> dims = new ArrayList<>();
        for (TensorShapeProto.Dimension d : t.getShape().getDimList()) {
            boolean fixed = d.hasDimValue() && d.getDimValue() >= 0;
            boolean named = d.hasDimParam()
                    && !d.getDimParam().isBlank()
                    && !d.getDimParam().equals("?");
            dims.add(
                    fixed
                            ? Dim.of(d.getDimValue())
                            : Dim.symbol(named ? d.getDimParam() : b.freshSymbol(name + "_" + dims.size())));
        }
        return TensorType.of(ElementTypes.of(t.getElemType()), Shape.of(dims));
    }
}
