package dev.lathe.backend.plan;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.MovementEvaluation;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;

/** Ops that move elements. Most are views of their operand and cost nothing; what cannot be one is copied. */
public final class Movements {
    private Movements() {}

    /** Adds the ops that are views, and those that copy elements without arithmetic. */
    public static void addTo(Kernels kernels) {
        kernels.on(Reshape.class, Movements::reshape)
                .on(Transpose.class, (p, t, result) -> {
                    p.put(result, p.view(t.x()).transposed(t.perm()));
                    return true;
                })
                .on(Broadcast.class, Movements::broadcast)
                .on(Slice.class, (p, s, result) -> {
                    requireInside(p, s);
                    p.put(result, sliced(p.view(s.x()), s));
                    return true;
                })
                .on(Concat.class, Movements::concat)
                .on(Pad.class, Movements::pad)
                .on(Resize.class, Movements::resize)
                .on(Gather.class, Movements::gather)
                .on(Dims.class, (p, d, result) -> {
                    p.add(new Step.StoreDims(d.values(), p.allocate(result)));
                    return true;
                });
    }

    private static boolean reshape(Planner p, Reshape r, Value result) {
        p.requireEqual(
                r.x().tensorType().shape().elements(),
                r.shape().elements(),
                "a reshape from " + r.x().tensorType().shape() + " to " + r.shape()
                        + " changes the number of elements");
        r.shape().dims().forEach(d -> p.requireNonNegative(d, "a negative dimension in " + r.shape()));
        p.put(result, p.contiguous(r.x()).reshaped(r.shape()));
        return true;
    }

    private static boolean broadcast(Planner p, Broadcast b, Value result) {
        View x = p.view(b.x());
        int more = b.shape().rank() - x.shape().rank();
        List<Dim> strides = new ArrayList<>();
        for (int i = 0; i < b.shape().rank(); i++) {
            Dim own = i < more ? Dim.ONE : x.shape().dim(i - more);
            boolean repeats = own.isConstant(1);
            if (!repeats && !own.equals(b.shape().dim(i))) {
                return false; // known to be equal or 1 only when it runs
            }
            strides.add(repeats ? Dim.ZERO : x.strides().get(i - more));
        }
        // The result of a broadcast may be larger than its shape says where an axis is 1 in both.
        p.put(result, new View(result.tensorType(), x.place(), x.offset(), strides));
        return true;
    }

    /** Checks what only a running model knows: that all elements of a slice exist. */
    private static void requireInside(Planner p, Slice s) {
        Shape from = s.x().tensorType().shape();
        for (int i = 0; i < s.starts().size(); i++) {
            Dim start = s.starts().get(i);
            Dim size = s.sizes().get(i);
            Dim last = start.plus(size.minus(1).times(s.steps().get(i)));
            String message = "a slice reaches over the end of axis " + i + " of " + from;
            p.requireNonNegative(size, message);
            for (Dim end : List.of(start, last)) {
                if (!end.isNonNegative() || !from.dim(i).minus(1).minus(end).isNonNegative()) {
                    p.add(new Step.Guard(new Condition.Inside(size, end, from.dim(i)), message));
                }
            }
        }
    }

    private static View sliced(View x, Slice s) {
        Dim offset = x.offset();
        List<Dim> strides = new ArrayList<>();
        for (int i = 0; i < s.starts().size(); i++) {
            offset = offset.plus(s.starts().get(i).times(x.strides().get(i)));
            strides.add(x.strides().get(i).times(s.steps().get(i)));
        }
        return new View(x.type().withShape(Shape.of(s.sizes())), x.place(), offset, strides);
    }

    private static boolean concat(Planner p, Concat c, Value result) {
        View own = p.part(result);
        View out = own != null ? own : p.isPlaced(result) ? p.view(result) : p.allocate(result);
        p.put(result, out);
        Dim at = Dim.ZERO;
        for (Value v : c.inputs()) {
            View from = p.view(v);
            for (int axis = 0; axis < from.shape().rank(); axis++) {
                if (axis != c.axis()) {
                    p.requireEqual(
                            from.shape().dim(axis),
                            out.shape().dim(axis),
                            "parts of a concat differ along axis " + axis);
                }
            }
            View part = new View(
                    from.type(),
                    out.place(),
                    out.offset().plus(at.times(out.strides().get(c.axis()))),
                    out.strides());
            p.copy(from, part);
            if (part.equals(p.part(v))) {
                p.put(v, part); // from now on, so that what joins it next need not copy it again
            }
            at = at.plus(from.shape().dim(c.axis()));
        }
        return true;
    }

    private static boolean pad(Planner p, Pad pad, Value result) {
        Tensor fill = pad.value().map(p::tensor).orElse(null);
        if (pad.value().isPresent() && fill == null) {
            return pad.mode() == PadMode.CONSTANT && padWith(p, pad, pad.value().get(), result);
        }
        Shape from = pad.x().tensorType().shape();
        List<AxisTable> tables = new ArrayList<>();
        for (int i = 0; i < from.rank(); i++) {
            p.requireNonNegative(pad.before().get(i), "a negative pad before axis " + i);
            p.requireNonNegative(pad.after().get(i), "a negative pad after axis " + i);
            if (pad.mode() != PadMode.CONSTANT && !from.dim(i).isPositive()) {
                Dim made = result.tensorType().shape().elements();
                p.add(new Step.Guard(
                        new Condition.Available(from.dim(i), made), MovementEvaluation.NOTHING_TO_REPEAT + i));
            }
            tables.add(new AxisTable.Padded(
                    pad.mode(), pad.before().get(i), from.dim(i), pad.after().get(i)));
        }
        Tensor nothing = Tensor.zeros(result.tensorType().element());
        tableCopy(p, pad.x(), tables, fill == null ? nothing : fill, result);
        return true;
    }

    /** A pad with a value that is computed: it fills the result, and then the operand is copied into its midst. */
    private static boolean padWith(Planner p, Pad pad, Value value, Value result) {
        View x = p.view(pad.x());
        View fill = p.view(value);
        View out = p.allocate(result);
        Dim offset = out.offset();
        for (int i = 0; i < x.shape().rank(); i++) {
            p.requireNonNegative(pad.before().get(i), "a negative pad before axis " + i);
            p.requireNonNegative(pad.after().get(i), "a negative pad after axis " + i);
            offset = offset.plus(pad.before().get(i).times(out.strides().get(i)));
        }
        List<Dim> still = Collections.nCopies(out.shape().rank(), Dim.ZERO);
        p.copy(new View(out.type(), fill.place(), fill.offset(), still), out);
        p.copy(x, new View(x.type(), out.place(), offset, out.strides()));
        return true;
    }

    private static boolean resize(Planner p, Resize r, Value result) {
        Tensor scales = r.scales().map(p::tensor).orElse(null);
        boolean plain = r.roi().isEmpty()
                && r.coordinates() != CoordinateMode.TF_CROP_AND_RESIZE
                && (r.scales().isEmpty() || scales != null);
        if (r.mode() != ResizeMode.NEAREST || !plain) {
            return false;
        }
        Shape from = r.x().tensorType().shape();
        List<AxisTable> tables = new ArrayList<>();
        for (int i = 0; i < from.rank(); i++) {
            tables.add(new AxisTable.Nearest(
                    r.coordinates(),
                    r.nearest(),
                    from.dim(i),
                    r.shape().dim(i),
                    scales == null ? OptionalDouble.empty() : OptionalDouble.of(scales.getFloat(i))));
        }
        tableCopy(p, r.x(), tables, Tensor.zeros(result.tensorType().element()), result);
        return true;
    }

    private static void tableCopy(Planner p, Value x, List<AxisTable> tables, Tensor fill, Value result) {
        View source = p.contiguous(x);
        p.add(new Step.TableCopy(source, tables, fill, p.allocate(result)));
    }

    private static boolean gather(Planner p, Gather g, Value result) {
        ElementType type = g.indices().tensorType().element();
        if (type != ElementType.I64 && type != ElementType.I32) {
            return false;
        }
        View source = p.contiguous(g.x());
        View index = p.contiguous(g.indices());
        p.add(new Step.GatherSlices(source, index, g.axis(), p.allocate(result)));
        return true;
    }
}
