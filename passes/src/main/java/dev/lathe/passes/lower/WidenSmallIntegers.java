package dev.lathe.passes.lower;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.fold.ConstantNodes;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Computes integers of 4 and 2 bits as bytes, one each, since few targets have arrays or lanes of fewer bits: casts to
 * them are masks, and movements move bytes. What is taken from a stored table is taken with the bits that share bytes,
 * and spread then. Constants, inputs and outputs keep their types.
 */
public record WidenSmallIntegers() implements Pass {
    @Override
    public String name() {
        return "widen-small-integers";
    }

    @Override
    public String description() {
        return "compute integers of 4 and 2 bits as bytes, and take from tables of them with the bytes they share";
    }

    @Override
    public List<After> after() {
        return List.of(Pass.after(ExpandComposites.class, "casts inside of quantizations are not seen"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        ConstantNodes constants = context.analysis(ConstantNodes.TOTAL, graph);
        Map<Value, Value> bytes = new IdentityHashMap<>();
        return Rebuild.run(graph, (node, original, b) -> {
            // What constants determine is computed once, and what products pack of it stays as it is stored.
            if (node.results().size() != 1 || constants.contains(original)) {
                return null;
            }
            var around = b.location();
            b.at(original.location());
            Value made = isSmall(original.result()) ? narrow(node.op(), b, bytes) : widened(node.op(), b, bytes);
            b.at(around);
            if (made != null) {
                context.applied(this, node.op().mnemonic() + " of small integers", original);
            }
            return made == null || !context.step() ? null : List.of(made);
        });
    }

    private static boolean isSmall(Value v) {
        return v.type() instanceof TensorType t
                && t.element().isInteger()
                && t.element().bits() < 8;
    }

    private static ElementType byteOf(Value v) {
        return v.tensorType().element().isSigned() ? ElementType.I8 : ElementType.U8;
    }

    /** A cast of small integers as one of bytes; null if there are none. */
    private static @Nullable Value widened(Op op, Builder b, Map<Value, Value> bytes) {
        Value x = op instanceof Cast c ? bytes.get(c.x()) : null;
        return x == null ? null : b.add(new Cast(x, ((Cast) op).to(), ((Cast) op).saturate()));
    }

    /** The small integers that {@code op} gives, as a cast of the bytes that it notes; null if it is none it knows. */
    private static @Nullable Value narrow(Op op, Builder b, Map<Value, Value> bytes) {
        ElementType small = op.operands().isEmpty() ? null : smallType(op);
        Value wide = small == null ? null : wide(op, small, b, bytes);
        if (small == null || wide == null) {
            return null;
        }
        Value made = b.cast(wide, small);
        bytes.put(made, wide);
        return made;
    }

    private static @Nullable ElementType smallType(Op op) {
        if (op instanceof Cast c) {
            return c.to();
        }
        return isSmall(op.operands().getFirst())
                ? op.operands().getFirst().tensorType().element()
                : null;
    }

    private static @Nullable Value wide(Op op, ElementType small, Builder b, Map<Value, Value> bytes) {
        return switch (op) {
            case Cast c
            when !c.x().tensorType().element().isString()
                    && !c.x().tensorType().element().isComplex() ->
                masked(b, b.cast(bytes.getOrDefault(c.x(), c.x()), ElementType.I32), small);
            case Reshape m when bytes.get(m.x()) instanceof Value x -> b.reshape(x, m.shape());
            case Transpose m when bytes.get(m.x()) instanceof Value x -> b.transpose(x, m.perm());
            case Broadcast m when bytes.get(m.x()) instanceof Value x -> b.broadcast(x, m.shape());
            case Slice m
            when bytes.get(m.x()) instanceof Value x -> b.add(new Slice(x, m.starts(), m.sizes(), m.steps()));
            case Concat m
            when m.inputs().stream().anyMatch(bytes::containsKey) ->
                b.concat(
                        m.inputs().stream()
                                .map(v -> bytes.containsKey(v) ? bytes.get(v) : b.cast(v, byteOf(v)))
                                .toList(),
                        m.axis());
            case Gather g when bytes.get(g.x()) instanceof Value x -> b.gather(x, g.indices(), g.axis());
            case Gather g
            when b.constant(g.x()).isPresent() -> taken(b, g, b.constant(g.x()).get());
            default -> null;
        };
    }

    /** The low bits of {@code x}, integers of 32 bits, as bytes. */
    private static Value masked(Builder b, Value x, ElementType small) {
        Value low = b.binary(BinaryFunction.BIT_AND, x, number(b, (1L << small.bits()) - 1));
        if (!small.isSigned()) {
            return b.cast(low, ElementType.U8);
        }
        Value half = number(b, 1L << (small.bits() - 1));
        return b.cast(b.subtract(b.binary(BinaryFunction.BIT_XOR, low, half), half), ElementType.I8);
    }

    private static Value number(Builder b, long value) {
        return b.constant(Tensor.scalar(ElementType.I32, value));
    }

    /** Slices of a table, with the numbers that share bytes if whole bytes are taken. */
    private static Value taken(Builder b, Gather g, Tensor table) {
        int last = table.rank() - 1;
        int each = 8 / table.element().bits();
        if (g.axis() == last || table.dim(last) % each != 0) {
            return b.gather(b.cast(g.x(), byteOf(g.x())), g.indices(), g.axis());
        }
        long[] dims = table.dims().clone();
        dims[last] /= each;
        Value packed = b.gather(b.constant(Tensor.of(ElementType.U8, dims, table.data())), g.indices(), g.axis());
        Shape shape = packed.tensorType().shape();
        Tensor shifts = Tensor.zeros(ElementType.U8, each);
        for (int i = 0; i < each; i++) {
            shifts.setLong(i, (long) i * table.element().bits());
        }
        Value apart = b.reshape(packed, shape.concat(Shape.of(1)));
        Value moved = b.binary(BinaryFunction.SHIFT_RIGHT, apart, b.constant(shifts));
        Value numbers = masked(b, b.cast(moved, ElementType.I32), table.element());
        int axis = shape.rank() - 1;
        return b.reshape(numbers, shape.with(axis, shape.dim(axis).times(each)));
    }
}
