package dev.lathe.frontend.onnx.file;

import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;

/** The types that files declare. A dimension without a usable value becomes a symbol of its own. */
public final class DeclaredTypes {
    private DeclaredTypes() {}

    public static Type of(TypeProto proto, String name, Builder b) {
        return switch (proto.getValueCase()) {
            case TENSOR_TYPE -> tensor(proto.getTensorType(), name, b);
            case SEQUENCE_TYPE ->
                new SequenceType(element(proto.getSequenceType().getElemType(), name, b));
            case MAP_TYPE -> map(proto.getMapType(), name, b);
            case OPTIONAL_TYPE ->
                new OptionalType(element(proto.getOptionalType().getElemType(), name, b));
            default ->
                throw new InvalidOpException("it has the type " + proto.getValueCase() + ", which is not supported");
        };
    }

    /** The type of what a container holds, which may be a tensor of any rank. */
    private static Type element(TypeProto proto, String name, Builder b) {
        return proto.hasTensorType() && !proto.getTensorType().hasShape()
                ? TensorType.unranked(ElementTypes.of(proto.getTensorType().getElemType()))
                : of(proto, name, b);
    }

    private static Type map(TypeProto.Map proto, String name, Builder b) {
        ElementType key = ElementTypes.of(proto.getKeyType());
        if (!MapType.isKey(key)) {
            throw new InvalidOpException("it is a map with keys of type " + key.text() + ", not strings or integers");
        }
        TypeProto value = proto.getValueType();
        TypeProto.Tensor tensor = value.getTensorType();
        // map(int64, float) is a map to scalars, which exporters declare without a shape, or as [1].
        boolean scalar =
                value.hasTensorType() && tensor.getShape().getDimList().stream().allMatch(d -> d.getDimValue() == 1);
        return scalar ? MapType.of(key, ElementTypes.of(tensor.getElemType())) : new MapType(key, of(value, name, b));
    }

    public static TensorType tensor(TypeProto.Tensor t, String name, Builder b) {
        if (!t.hasShape()) {
            throw new InvalidOpException("its rank is not declared");
        }
        List<Dim> dims = new ArrayList<>();
        for (TensorShapeProto.Dimension d : t.getShape().getDimList()) {
            boolean fixed = d.hasDimValue() && d.getDimValue() >= 0;
            boolean named = isNamed(d);
            dims.add(
                    fixed
                            ? Dim.of(d.getDimValue())
                            : Dim.symbol(named ? d.getDimParam() : b.freshSymbol(name + "_" + dims.size())));
        }
        return TensorType.of(ElementTypes.of(t.getElemType()), Shape.of(dims));
    }

    /** Whether the dimension has a name that says something. */
    public static boolean isNamed(TensorShapeProto.Dimension d) {
        return d.hasDimParam() && !d.getDimParam().isBlank() && !d.getDimParam().equals("?");
    }
}
