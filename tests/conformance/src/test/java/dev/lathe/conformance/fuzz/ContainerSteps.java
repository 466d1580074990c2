package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.*;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Sequences and optionals. */
final class ContainerSteps {
    static final List<Consumer<GraphGenerator>> ALL = List.of(
            ContainerSteps::sequence,
            ContainerSteps::split,
            ContainerSteps::at,
            ContainerSteps::at,
            ContainerSteps::insert,
            ContainerSteps::insert,
            ContainerSteps::erase,
            ContainerSteps::length,
            ContainerSteps::concat,
            ContainerSteps::concat,
            ContainerSteps::optional,
            ContainerSteps::get,
            ContainerSteps::maps);

    private ContainerSteps() {}

    /** The type of items like {@code x}: its sizes are left open, or those that are known stay. */
    private static Type itemType(Value x, boolean open) {
        TensorType t = x.tensorType();
        return open ? t.withShape(Shape.of(Collections.nCopies(t.rank(), Dim.symbol("_")))) : t.mapDims(Dim::orAny);
    }

    private static void sequence(GraphGenerator g) {
        Value x = g.pickAny();
        List<Value> items = new ArrayList<>();
        for (int i = g.random.nextInt(4); i > 0; i--) {
            items.add(
                    g.chance(2)
                            ? x
                            : g.pickAny(t -> t.element() == x.tensorType().element()
                                    && t.rank() == x.tensorType().rank()));
        }
        boolean equal = items.stream().allMatch(v -> v.type().equals(x.type()));
        g.add(new SequenceOf(items, itemType(x, !equal)));
    }

    private static void split(GraphGenerator g) {
        Value x = g.pickAny(t -> t.rank() >= 1);
        int axis = g.random.nextInt(x.tensorType().rank());
        Optional<Value> split = switch (g.random.nextInt(3)) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(g.constant(Tensor.scalar(1L + g.random.nextInt(3))));
            default -> {
                Dim d = x.tensorType().dim(axis);
                long first = g.random.nextInt((int) g.least(d) + 1);
                yield Optional.of(g.constant(Tensor.vector(first, g.least(d) - first)));
            }
        };
        g.add(new SequenceSplit(x, split, axis, g.random.nextBoolean()));
    }

    private static Value pickSequence(GraphGenerator g) {
        return g.pickOther(t -> t instanceof SequenceType s && s.element() instanceof TensorType);
    }

    private static TensorType item(Value sequence) {
        return (TensorType) ((SequenceType) sequence.type()).element();
    }

    /** {@code type} with a new symbol for each size that is open. */
    private static TensorType named(GraphGenerator g, TensorType type, List<String> names) {
        List<Dim> dims = new ArrayList<>();
        for (Dim d : type.shape().dims()) {
            if (d.isConstant()) {
                dims.add(d);
            } else {
                names.add(g.freshSymbol());
                dims.add(Dim.symbol(names.getLast()));
            }
        }
        return type.withShape(Shape.of(dims));
    }

    private static Optional<Value> index(GraphGenerator g) {
        return g.chance(3) ? Optional.empty() : Optional.of(g.constant(Tensor.scalar(g.random.nextInt(4) - 2L)));
    }

    private static void at(GraphGenerator g) {
        Value s = pickSequence(g);
        List<String> names = new ArrayList<>();
        TensorType type = named(g, item(s), names);
        g.add(new SequenceAt(s, index(g).orElseGet(() -> g.constant(Tensor.scalar(0L))), type, names));
    }

    private static void insert(GraphGenerator g) {
        Value s = pickSequence(g);
        TensorType type = item(s);
        Value x = g.pickAny(t -> t.element() == type.element() && t.rank() == type.rank());
        g.add(new SequenceInsert(s, x, index(g), itemType(x, !itemType(x, false).equals(type))));
    }

    private static void erase(GraphGenerator g) {
        g.add(new SequenceErase(pickSequence(g), index(g)));
    }

    private static void length(GraphGenerator g) {
        g.add(new SequenceLength(pickSequence(g)));
    }

    private static void concat(GraphGenerator g) {
        Value s = pickSequence(g);
        TensorType type = item(s);
        List<String> names = new ArrayList<>();
        boolean newAxis = g.chance(3);
        int axis = g.random.nextInt(newAxis ? type.rank() + 1 : Math.max(1, type.rank()));
        Dim length = Dim.symbol(g.freshSymbol());
        TensorType named = named(g, type, names);
        Shape shape;
        if (newAxis) {
            List<Dim> dims = new ArrayList<>(named.shape().dims());
            dims.add(axis, length);
            shape = Shape.of(dims);
        } else {
            names.removeIf(n -> named.dim(axis).equals(Dim.symbol(n)));
            shape = named.shape().with(axis, length);
        }
        names.add(length.symbolName());
        g.add(new SequenceConcat(s, axis, newAxis, named.withShape(shape), names));
    }

    private static void optional(GraphGenerator g) {
        Value x = g.chance(3) ? pickSequence(g) : g.pickAny();
        Value o = g.add(new OptionalOf(
                g.chance(4) ? Optional.empty() : Optional.of(x), x.type().mapDims(Dim::orAny)));
        if (g.chance(2)) {
            g.add(new OptionalHas(o));
        }
    }

    private static void get(GraphGenerator g) {
        Value o = g.pickOther(t -> t instanceof OptionalType);
        List<String> names = new ArrayList<>();
        Type element = ((OptionalType) o.type()).element();
        g.add(new OptionalGet(o, element instanceof TensorType t ? named(g, t, names) : element, names));
    }

    private static void maps(GraphGenerator g) {
        Value x = g.pickAny(t -> t.rank() == 2 && t.dim(1).isConstant());
        Tensor keys = keys(g, (int) x.tensorType().dim(1).constant());
        Value rows = g.add(new MapRows(x, g.constant(keys)));
        Value map = g.add(
                new SequenceAt(rows, g.constant(Tensor.scalar(0L)), ((SequenceType) rows.type()).element(), List.of()));
        if (g.chance(2)) {
            g.add(new MapValues(map, Dim.symbol(g.freshSymbol())));
        } else {
            Tensor otherwise = Tensor.zeros(x.tensorType().element());
            Tensor some = g.chance(2) ? keys : keys(g, 3);
            if (some.element() == keys.element()) {
                g.add(new MapLookup(map, g.constant(some), g.constant(otherwise), g.chance(2)));
            }
        }
    }

    /** Words or integers, of which some may be equal. */
    private static Tensor keys(GraphGenerator g, int n) {
        boolean words = g.chance(2);
        String[] strings = new String[n];
        long[] numbers = new long[n];
        for (int i = 0; i < n; i++) {
            numbers[i] = g.random.nextInt(2 * n) - 2L;
            strings[i] = "k" + numbers[i];
        }
        return words ? Tensor.ofStrings(strings, n) : Tensor.vector(numbers);
    }
}
