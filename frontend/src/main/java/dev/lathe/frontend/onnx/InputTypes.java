package dev.lathe.frontend.onnx;

import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
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
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The declared types of inputs. A dimension without a usable value becomes a symbol of its own. */
final class InputTypes {
    private InputTypes() {}

    static Type of(ValueInfoProto input, ModelImporter model, Builder b) {
        Shape fixed = model.shapes.get(input.getName());
        if (fixed != null && input.getType().hasTensorType()) {
            TypeProto.Tensor t = input.getType().getTensorType();
            if (t.hasShape() && t.getShape().getDimCount() != fixed.rank()) {
                throw mismatch(
                        "input \"" + input.getName() + "\" has rank "
                                + t.getShape().getDimCount() + ", but the shape given for it is " + fixed,
                        "give as many sizes as it has dimensions");
            }
            return TensorType.of(ElementTypes.of(t.getElemType()), fixed);
        }
        if (model.independentDims && input.getType().hasTensorType()) {
            return independent(tensor(input.getType().getTensorType(), input.getName(), b), input.getName(), b);
        }
        return type(input.getType(), input.getName(), b).mapDims(d -> d.substitute(model.symbolSizes));
    }

    /** The type with symbols that no other dimension has; a name stays where it occurs first. */
    private static Type independent(TensorType type, String input, Builder b) {
        Set<String> taken = new HashSet<>();
        List<Dim> dims = new ArrayList<>();
        for (Dim d : type.shape().dims()) {
            if (!d.isSymbol()) {
                dims.add(d);
                continue;
            }
            String name = d.symbolName();
            for (int i = dims.size(); b.knows(name) || taken.contains(name); i++) {
                name = input + "_" + i;
            }
            taken.add(name);
            dims.add(Dim.symbol(name));
        }
        return type.withShape(Shape.of(dims));
    }

    /** Adds the sizes that the shape given for {@code input} has for its named dimensions to those of the model. */
    static void collectSizes(ValueInfoProto input, ModelImporter model) {
        Shape fixed = model.shapes.get(input.getName());
        List<TensorShapeProto.Dimension> dims =
                input.getType().getTensorType().getShape().getDimList();
        if (fixed == null || fixed.rank() != dims.size()) {
            return;
        }
        for (int i = 0; i < dims.size(); i++) {
            if (isNamed(dims.get(i))) {
                String name = dims.get(i).getDimParam();
                Dim other = model.symbolSizes.putIfAbsent(name, fixed.dim(i));
                if (other != null && !other.equals(fixed.dim(i))) {
                    throw mismatch(
                            "the shapes given make dimension \"" + name + "\" both " + other + " and " + fixed.dim(i),
                            "give it one size, the same wherever it occurs, or let them differ with"
                                    + " --independent-dims");
                }
            }
        }
    }

    private static LatheException mismatch(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("shape.mismatch", what, fix)));
    }

    private static boolean isNamed(TensorShapeProto.Dimension d) {
        return d.hasDimParam() && !d.getDimParam().isBlank() && !d.getDimParam().equals("?");
    }

    static Type type(TypeProto proto, String name, Builder b) {
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
                : type(proto, name, b);
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
        return scalar ? MapType.of(key, ElementTypes.of(tensor.getElemType())) : new MapType(key, type(value, name, b));
    }

    private static TensorType tensor(TypeProto.Tensor t, String name, Builder b) {
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
}
