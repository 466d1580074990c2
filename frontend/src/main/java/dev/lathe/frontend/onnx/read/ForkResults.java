package dev.lathe.frontend.onnx.read;

import dev.lathe.frontend.onnx.node.JoinedTypes;
import dev.lathe.frontend.onnx.read.Undecided.Cases;
import dev.lathe.frontend.onnx.read.Undecided.Selection;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.OptionalOf;
import dev.lathe.ir.op.SequenceOf;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The results of an If that ends a fork: one for a name that is the same in all cases, else one for each case, and
 * the number of the case.
 */
final class ForkResults {
    /** As many elements as a shape may have. */
    private static final int FEW = 64;

    /**
     * A result: of the case {@code number}, or of all if that is negative; of the name at {@code name}, or the number
     * of the case if that is negative.
     */
    private record Column(int name, int number, Type type) {}

    private final Builder b;
    private final Location location;
    private final List<String> wanted;
    private final boolean anyRank;
    private final Predicate<Value> isOpen;
    private final List<Column> columns = new ArrayList<>();
    private final List<String> bound = new ArrayList<>();

    /** @param isOpen whether a value is a sequence that is not filled yet, which takes the type of others */
    ForkResults(Builder b, Location location, List<String> wanted, boolean anyRank, Predicate<Value> isOpen) {
        this.b = b;
        this.location = location;
        this.wanted = wanted;
        this.anyRank = anyRank;
        this.isOpen = isOpen;
    }

    void addSelector() {
        columns.add(new Column(-1, -1, TensorType.scalar(ElementType.I64)));
    }

    /** A result for the name at {@code name} that is one of {@code values}. */
    void addShared(int name, List<Value> values) {
        columns.add(new Column(name, -1, joined(name, values)));
    }

    /**
     * A result for the name at {@code name} that is one of {@code values} in case {@code number}, and nothing in
     * others.
     */
    void addCase(int name, int number, List<Value> values) {
        Type type = joined(name, values);
        columns.add(new Column(name, number, JoinedTypes.of(b, type, absent(type), bound)));
    }

    private Type joined(int name, List<Value> all) {
        List<Value> filled = all.stream().filter(v -> !isOpen.test(v)).toList();
        List<Value> values = filled.isEmpty() ? all : filled;
        Type first = values.getFirst().type();
        Type type = first;
        try {
            type = JoinedTypes.of(b, first, first, bound);
            for (Value v : values.subList(1, values.size())) {
                type = anyRank && differInRank(type, v.type())
                        ? TensorType.unranked(((TensorType) type).element())
                        : JoinedTypes.of(b, type, v.type(), bound);
            }
            return type;
        } catch (InvalidOpException e) {
            List<Type> types = values.stream().map(Value::type).distinct().toList();
            throw new LatheException(
                    LatheException.Fault.INPUT,
                    List.of(Diagnostic.error(
                            "onnx.undecided-type",
                            location,
                            "\"" + wanted.get(name) + "\" is "
                                    + String.join(
                                            " or ",
                                            types.stream().map(Type::toString).toList())
                                    + ", depending on the branch that " + location + " takes, and must be one of them",
                            "fix the shapes that the branch depends on, for example with --shape input=1x576, or"
                                    + " export the model with fixed shapes")));
        }
    }

    private static boolean differInRank(Type x, Type y) {
        return x instanceof TensorType p
                && y instanceof TensorType q
                && p.element() == q.element()
                && (!p.isRanked() || !q.isRanked() || p.rank() != q.rank());
    }

    boolean isEmpty() {
        return columns.isEmpty();
    }

    List<Type> types() {
        return columns.stream().map(Column::type).toList();
    }

    List<String> bound() {
        return bound;
    }

    List<String> names() {
        return columns.stream()
                .map(c -> c.name() < 0
                        ? "case"
                        : c.number() < 0 ? wanted.get(c.name()) : wanted.get(c.name()) + "_" + c.number())
                .toList();
    }

    /** The types that results have in a branch that gives none. */
    List<Type> absentTypes() {
        return types().stream().map(this::absent).toList();
    }

    private Type absent(Type type) {
        return type.mapDims(d -> d.isConstant() ? d : Dim.ZERO);
    }

    /**
     * A branch.
     *
     * @param numbers the cases that it may give, in the order of {@code selection} if it is more than one
     * @param values of the names, for each of these cases
     */
    Graph region(Builder region, @Nullable Selection selection, List<Integer> numbers, List<List<Value>> values) {
        List<Value> outputs = new ArrayList<>();
        Map<Type, Value> nothing = new HashMap<>();
        for (Column c : columns) {
            if (c.name() < 0) {
                outputs.add(
                        selection == null || numbers.size() == 1
                                ? region.constant(Tensor.scalar((long) numbers.getFirst()))
                                : region.gather(
                                        region.constant(Tensor.vector(numbers.stream()
                                                .mapToLong(Integer::longValue)
                                                .toArray())),
                                        selection.selector(),
                                        0));
            } else if (c.number() < 0) {
                outputs.add(values.getFirst().get(c.name()));
            } else {
                int at = numbers.indexOf(c.number());
                outputs.add(
                        at < 0
                                ? nothing.computeIfAbsent(absent(c.type()), type -> nothing(region, type))
                                : values.get(at).get(c.name()));
            }
        }
        return region.build(outputs, names());
    }

    /** A value of {@code type}, an absent one, that nobody looks at. */
    private Value nothing(Builder region, Type type) {
        return switch (type) {
            case TensorType t -> zeros(region, t.element(), t.isRanked() ? t.shape() : Shape.SCALAR);
            case SequenceType s -> region.add(new SequenceOf(List.of(), s.element()));
            case OptionalType o -> region.add(new OptionalOf(java.util.Optional.empty(), o.element()));
            case MapType m ->
                throw new InvalidOpException("the branch taken at " + location + " decides whether there is a " + m
                        + ", which cannot be left open");
        };
    }

    /** Where they are few, a constant: there is one for each branch that a case does not come from. */
    private static Value zeros(Builder region, ElementType element, Shape shape) {
        if (shape.elements().constant() <= FEW) {
            return region.constant(Tensor.zeros(
                    element, shape.dims().stream().mapToLong(Dim::constant).toArray()));
        }
        return region.broadcast(region.constant(Tensor.zeros(element)), shape);
    }

    /** What the names are, given the results of the If. */
    Map<String, Value> results(List<Value> results, ModelImporter model) {
        Map<String, Value> named = new LinkedHashMap<>();
        Map<String, List<Value>> cases = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            Column c = columns.get(i);
            if (c.name() >= 0 && c.number() < 0) {
                named.put(wanted.get(c.name()), results.get(i));
            } else if (c.name() >= 0) {
                cases.computeIfAbsent(wanted.get(c.name()), _ -> new ArrayList<>())
                        .add(results.get(i));
            }
        }
        cases.forEach((name, values) -> {
            Value stand = new Value(name, TensorType.unranked(ElementType.F32));
            model.undecided.put(stand, new Cases(new Selection(results.getFirst(), values.size()), values));
            named.put(name, stand);
        });
        return named;
    }
}
