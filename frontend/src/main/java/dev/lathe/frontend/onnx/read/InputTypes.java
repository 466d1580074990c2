package dev.lathe.frontend.onnx.read;

import dev.lathe.frontend.onnx.file.DeclaredTypes;
import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The types of inputs: what they declare, and what the user says of it. */
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
            return independent(
                    DeclaredTypes.tensor(input.getType().getTensorType(), input.getName(), b), input.getName(), b);
        }
        return DeclaredTypes.of(input.getType(), input.getName(), b).mapDims(d -> d.substitute(model.symbolSizes));
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
            if (DeclaredTypes.isNamed(dims.get(i))) {
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

    /** What to know of a model that cannot be imported: shapes that the user gave and it does not declare. */
    static List<Diagnostic> overridden(GraphProto graph, ModelImporter model) {
        List<Diagnostic> told = new ArrayList<>();
        for (ValueInfoProto input : graph.getInputList()) {
            Shape given = model.shapes.get(input.getName());
            List<TensorShapeProto.Dimension> dims =
                    input.getType().getTensorType().getShape().getDimList();
            if (given == null || given.rank() != dims.size()) {
                continue;
            }
            boolean differs = IntStream.range(0, dims.size())
                    .anyMatch(i -> dims.get(i).hasDimValue()
                            && dims.get(i).getDimValue() > 0
                            && !given.dim(i).isConstant(dims.get(i).getDimValue()));
            if (differs) {
                told.add(Diagnostic.error(
                        "shape.fixed",
                        "the shape given for input \"" + input.getName() + "\" is " + given
                                + ", but the model's own is "
                                + dims.stream()
                                        .map(d -> d.hasDimValue() ? Long.toString(d.getDimValue()) : d.getDimParam())
                                        .map(d -> d.isEmpty() ? "?" : d)
                                        .collect(Collectors.joining(", ", "[", "]")),
                        "give sizes that the model takes, if what follows comes of this"));
            }
        }
        return told;
    }

    private static LatheException mismatch(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("shape.mismatch", what, fix)));
    }
}
