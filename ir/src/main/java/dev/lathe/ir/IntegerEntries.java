package dev.lathe.ir;

import dev.lathe.ir.IntegerEntry.Element;
import dev.lathe.ir.IntegerEntry.Known;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.BitCast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Knows small integer tensors entry by entry, whatever moves their entries about: of pads of which one is computed
 * from data, the others stay what they are.
 */
final class IntegerEntries {
    private IntegerEntries() {}

    /** The entries of a value; empty if it is no small integer tensor. */
    static Optional<List<IntegerEntry>> of(Value v, Builder b) {
        if (!isSmall(v)) {
            return Optional.empty();
        }
        return b.definition(v)
                .flatMap(n -> known(n.op(), b))
                .or(() -> Optional.of(IntStream.range(0, size(v))
                        .<IntegerEntry>mapToObj(i -> new Element(v, i))
                        .toList()));
    }

    private static boolean isSmall(Value v) {
        return v.type() instanceof TensorType t
                && t.isRanked()
                && t.element().isInteger()
                && t.element() != ElementType.U64
                && t.shape().isStatic()
                && t.shape().elements().constant() <= ShapeArithmetic.MAX_ELEMENTS;
    }

    private static int size(Value v) {
        return (int) v.tensorType().shape().elements().constant();
    }

    /** The entries of an op's result, if it only moves what other tensors hold. */
    static Optional<List<IntegerEntry>> known(Op op, Builder b) {
        return switch (op) {
            case Dims d ->
                Optional.of(d.values().stream().<IntegerEntry>map(Known::new).toList());
            case Constant(Tensor t) ->
                Optional.of(IntStream.range(0, (int) t.size())
                        .<IntegerEntry>mapToObj(i -> new Known(Dim.of(t.getLong(i))))
                        .toList());
            case Cast c when isSize(c.to()) && isSize(c.x().tensorType().element()) -> b.entries(c.x());
            case Resize _, BitCast _ -> Optional.empty();
            case Movement m -> moved(m, op.operands(), List.of(), b);
            case Gather g -> moved(g, List.of(g.x()), List.of(g.indices()), b);
            case ScatterElements s
            when s.reduction() == ScatterReduction.NONE ->
                moved(s, List.of(s.x(), s.updates()), List.of(s.indices()), b);
            case Select s -> moved(s, List.of(s.x(), s.y()), List.of(s.condition()), b);
            default -> Optional.empty();
        };
    }

    private static boolean isSize(ElementType element) {
        return element == ElementType.I64 || element == ElementType.I32;
    }

    /**
     * What {@code op} makes of the entries of {@code moving}: it is run on their numbers. Its other operands must be
     * constants.
     */
    private static Optional<List<IntegerEntry>> moved(CoreOp op, List<Value> moving, List<Value> fixed, Builder b) {
        boolean[] open = {false};
        op.map(v -> v, g -> g, d -> {
            open[0] |= !d.isConstant();
            return d;
        });
        if (open[0] || moving.stream().anyMatch(fixed::contains)) {
            return Optional.empty();
        }
        List<IntegerEntry> all = new ArrayList<>();
        Map<Value, Value> numbered = new IdentityHashMap<>();
        Map<Value, Datum> operands = new IdentityHashMap<>();
        for (Value v : moving) {
            Optional<List<IntegerEntry>> entries = b.entries(v);
            if (entries.isEmpty()) {
                return Optional.empty();
            }
            if (!numbered.containsKey(v)) {
                long[] numbers = IntStream.range(
                                all.size(), all.size() + entries.get().size())
                        .asLongStream()
                        .toArray();
                all.addAll(entries.get());
                Tensor t = Tensor.vector(numbers)
                        .reshape(v.tensorType().shape().constants().orElseThrow());
                Value number = new Value("", t.type());
                numbered.put(v, number);
                operands.put(number, t);
            }
        }
        for (Value v : fixed) {
            Optional<Tensor> t = b.constant(v);
            if (t.isEmpty()) {
                return Optional.empty();
            }
            operands.put(v, t.get());
        }
        try {
            Op run = op.mapOperands(v -> numbered.getOrDefault(v, v));
            if (!(run.infer(Check.INSTANCE).getFirst() instanceof TensorType type)
                    || !type.shape().isStatic()
                    || type.shape().elements().constant() > ShapeArithmetic.MAX_ELEMENTS) {
                return Optional.empty();
            }
            Tensor result = (Tensor) ReferenceEvaluator.evaluate(run, operands).getFirst();
            return Optional.of(IntStream.range(0, (int) result.size())
                    .mapToObj(i -> all.get((int) result.getLong(i)))
                    .toList());
        } catch (InvalidOpException | LatheException e) {
            return Optional.empty(); // told when the op itself is added or run
        }
    }

    /** The values of entries that are all known. */
    static Optional<List<Dim>> values(List<IntegerEntry> entries) {
        List<Dim> values = new ArrayList<>();
        for (IntegerEntry e : entries) {
            if (!(e instanceof Known(Dim value))) {
                return Optional.empty();
            }
            values.add(value);
        }
        return Optional.of(values);
    }
}
