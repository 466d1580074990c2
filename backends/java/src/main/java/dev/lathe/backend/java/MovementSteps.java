package dev.lathe.backend.java;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.BitCast;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Creation;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.Indexing;
import dev.lathe.ir.op.Movement;
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
import java.util.List;

/** Ops that move elements. Most are views of their operand and cost nothing; what cannot be one is copied. */
final class MovementSteps {
    private final Emitter e;

    MovementSteps(Emitter e) {
        this.e = e;
    }

    boolean emit(Movement op, Value result) {
        return switch (op) {
            case Reshape r -> {
                e.requireEqual(
                        r.x().tensorType().shape().elements(),
                        r.shape().elements(),
                        "a reshape from " + r.x().tensorType().shape() + " to " + r.shape()
                                + " changes the number of elements");
                r.shape().dims().forEach(d -> e.requireNonNegative(d, "a negative dimension in " + r.shape()));
                e.put(result, e.contiguous(r.x()).reshaped(r.shape()));
                yield true;
            }
            case Transpose t -> {
                e.put(result, e.view(t.x()).transposed(t.perm()));
                yield true;
            }
            case Broadcast b -> broadcast(b, result);
            case Slice s -> {
                requireInside(s);
                e.put(result, sliced(e.view(s.x()), s));
                yield true;
            }
            case Concat c -> concat(c, result);
            case Pad p -> pad(p, result);
            case Resize r -> resize(r, result);
            case BitCast _ -> false;
        };
    }

    private boolean broadcast(Broadcast b, Value result) {
        View x = e.view(b.x());
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
        e.put(result, new View(result.tensorType(), x.place(), x.offset(), strides));
        return true;
    }

    /** Checks what only a running model knows: that all elements of a slice exist. */
    private void requireInside(Slice s) {
        Shape from = s.x().tensorType().shape();
        for (int i = 0; i < s.starts().size(); i++) {
            Dim start = s.starts().get(i);
            Dim size = s.sizes().get(i);
            Dim last = start.plus(size.minus(1).times(s.steps().get(i)));
            String what = "a slice reaches over the end of axis " + i + " of " + from;
            e.requireNonNegative(size, what);
            for (Dim end : List.of(start, last)) {
                if (!end.isNonNegative() || !from.dim(i).minus(1).minus(end).isNonNegative()) {
                    String at = e.p.symbols.wide(end);
                    e.p.require(
                            e.p.symbols.wide(size) + " == 0 || " + at + " >= 0 && " + at + " < "
                                    + e.p.symbols.wide(from.dim(i)),
                            what);
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

    private boolean concat(Concat c, Value result) {
        View out = e.allocate(result);
        Dim at = Dim.ZERO;
        for (Value v : c.inputs()) {
            View from = e.view(v);
            for (int axis = 0; axis < from.shape().rank(); axis++) {
                if (axis != c.axis()) {
                    e.requireEqual(
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
            e.copy(from, part);
            at = at.plus(from.shape().dim(c.axis()));
        }
        return true;
    }

    private boolean pad(Pad p, Value result) {
        Tensor fill = p.value().map(e::tensor).orElse(null);
        if (result.tensorType().element() != ElementType.F32 || (p.value().isPresent() && fill == null)) {
            return false;
        }
        Shape from = p.x().tensorType().shape();
        List<String> tables = new ArrayList<>();
        for (int i = 0; i < from.rank(); i++) {
            e.requireNonNegative(p.before().get(i), "a negative pad before axis " + i);
            e.requireNonNegative(p.after().get(i), "a negative pad after axis " + i);
            tables.add("MovementEvaluation.padTable(PadMode." + p.mode().name() + ", "
                    + e.dim(p.before().get(i)) + ", " + e.dim(from.dim(i)) + ", "
                    + e.dim(p.after().get(i)) + ")");
        }
        float value = fill == null || p.mode() != PadMode.CONSTANT ? 0 : fill.getFloat(0);
        tableCopy(p.x(), tables, value, result);
        return true;
    }

    private void tableCopy(Value x, List<String> tables, float fill, Value result) {
        View source = e.contiguous(x);
        View out = e.allocate(result);
        String k = e.p.kernel("TableCopy", "");
        e.p.prepare(k + ".prepare(" + JavaText.array(e.p.symbols, source.shape().dims()) + ", new int[][] {"
                + String.join(", ", tables) + "}, workers);");
        e.p.step(k + ".run(" + e.ref(source) + ", " + JavaText.literal(fill) + ", " + e.ref(out) + ");");
    }

    private boolean resize(Resize r, Value result) {
        Tensor scales = r.scales().map(e::tensor).orElse(null);
        boolean plain = r.roi().isEmpty()
                && r.coordinates() != CoordinateMode.TF_CROP_AND_RESIZE
                && (r.scales().isEmpty() || scales != null);
        if (result.tensorType().element() != ElementType.F32 || r.mode() != ResizeMode.NEAREST || !plain) {
            return false;
        }
        Shape from = r.x().tensorType().shape();
        List<String> tables = new ArrayList<>();
        for (int i = 0; i < from.rank(); i++) {
            String in = e.dim(from.dim(i));
            String out = e.dim(r.shape().dim(i));
            String scale = scales == null
                    ? "(double) " + out + " / Math.max(1, " + in + ")"
                    : JavaText.literal((double) scales.getFloat(i));
            tables.add("ResizeEvaluation.nearestTable(CoordinateMode."
                    + r.coordinates().name() + ", NearestMode." + r.nearest().name() + ", " + in + ", " + out + ", "
                    + scale + ")");
        }
        tableCopy(r.x(), tables, 0, result);
        return true;
    }

    boolean index(Indexing op, Value result) {
        if (!(op instanceof Gather(Value x, Value indices, int axis))) {
            return false;
        }
        ElementType type = indices.tensorType().element();
        if (type != ElementType.I64 && type != ElementType.I32) {
            return false;
        }
        View source = e.contiguous(x);
        View index = e.contiguous(indices);
        Shape s = source.shape();
        View out = e.allocate(result);
        String k = e.p.kernel("GatherSlices", "");
        e.p.prepare(k + ".prepare(" + e.elements(s.slice(0, axis)) + ", " + e.dim(s.dim(axis)) + ", "
                + e.elements(s.slice(axis + 1, s.rank())) + ", " + e.elements(index.shape()) + ");");
        e.p.where();
        e.p.step(k + ".run(" + e.ref(source) + ", " + e.ref(index) + ", " + e.ref(out) + ");");
        return true;
    }

    boolean create(Creation op, Value result) {
        if (!(op instanceof Dims(List<Dim> values, boolean _))) {
            return false;
        }
        View out = e.allocate(result);
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            s.append(e.array(out))
                    .append("[")
                    .append(e.at(out))
                    .append(i == 0 ? "" : " + " + i)
                    .append("] = ")
                    .append(e.p.symbols.wide(values.get(i)))
                    .append(i < values.size() - 1 ? ";\n        " : ";");
        }
        e.p.step(s.isEmpty() ? ";" : s.toString());
        return true;
    }
}
