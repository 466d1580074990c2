package dev.lathe.frontend.onnx.ops.shape;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Operators that move elements. */
public final class MovementOps {
    private MovementOps() {}

    public static void addTo(Operators t) {
        t.on("Transpose")
                .since(
                        1,
                        n -> n.b.transpose(
                                n.in(0),
                                n.ints("perm")
                                        .map(p -> OnnxNode.axes(p, n.rank(0)))
                                        .orElseGet(() -> IntStream.range(0, n.rank(0))
                                                .mapToObj(i -> n.rank(0) - 1 - i)
                                                .toList())));
        t.on("Concat").since(1, n -> n.b.concat(n.all(), OnnxNode.axis(n.i("axis", 1), n.rank(0))));
        t.on("Split")
                .sinceAll(
                        1,
                        n -> split(
                                n,
                                n.ints("split").map(l -> l.stream().map(Dim::of).toList())))
                .sinceAll(13, n -> split(n, n.opt(1).map(_ -> n.dims(1))));
        t.on("Slice")
                .since(
                        1,
                        n -> slice(
                                n,
                                dims(n.ints("starts").orElse(List.of())),
                                dims(n.ints("ends").orElse(List.of())),
                                n.ints("axes"),
                                Optional.empty()))
                .since(
                        10,
                        n -> RuntimeAxes.known(n, 3) && RuntimeAxes.known(n, 4)
                                ? slice(
                                        n,
                                        n.dims(1),
                                        n.dims(2),
                                        n.opt(3).map(_ -> n.longs(3)),
                                        n.opt(4).map(_ -> n.longs(4)))
                                : RuntimeAxes.slice(n));
        t.on("Pad")
                .since(
                        1,
                        n -> pad(
                                n,
                                dims(n.ints("pads").or(() -> n.ints("paddings")).orElse(List.of())),
                                Optional.of(n.b.scalar(n.in(0), n.f("value", 0)))))
                .since(11, n -> pad(n, n.dims(1), n.opt(2).map(v -> n.b.reshape(v, Shape.SCALAR))));
        t.on("DepthToSpace").since(1, MovementOps::depthToSpace);
        t.on("SpaceToDepth").since(1, MovementOps::spaceToDepth);
    }

    private static List<Dim> dims(List<Long> values) {
        return values.stream().map(Dim::of).toList();
    }

    private static List<Value> split(OnnxNode n, Optional<List<Dim>> given) {
        int axis = OnnxNode.axis(n.i("axis", 0), n.rank(0));
        Dim total = n.shape(0).dim(axis);
        List<Dim> sizes = new ArrayList<>(given.orElse(List.of()));
        if (given.isEmpty()) {
            long parts = n.i("num_outputs", n.outputs);
            if (parts < 1) {
                throw new InvalidOpException("num_outputs is " + parts + ", where a positive number is needed");
            }
            Dim each = total.ceilDiv(Dim.of(parts));
            for (int i = 0; i < Math.min(parts, n.outputs); i++) {
                sizes.add(i < parts - 1 ? each : total.minus(each.times(parts - 1)));
            }
        }
        List<Value> results = new ArrayList<>();
        Dim at = Dim.ZERO;
        for (Dim size : sizes) {
            results.add(n.b.slice(n.in(0), axis, at, size));
            at = at.plus(size);
        }
        return results;
    }

    private static Value slice(
            OnnxNode n,
            List<Dim> starts,
            List<Dim> ends,
            Optional<List<Long>> givenAxes,
            Optional<List<Long>> givenSteps) {
        int rank = n.rank(0);
        List<Integer> axes = OnnxNode.axes(
                givenAxes.orElseGet(
                        () -> LongStream.range(0, starts.size()).boxed().toList()),
                rank);
        List<Long> by = givenSteps.orElseGet(() -> Collections.nCopies(starts.size(), 1L));
        if (ends.size() != starts.size() || axes.size() != starts.size() || by.size() != starts.size()) {
            throw new InvalidOpException(starts.size() + " starts, but " + ends.size() + " ends, " + axes.size()
                    + " axes and " + by.size() + " steps");
        }
        List<Dim> first = ShapeOps.repeat(Dim.ZERO, rank);
        List<Dim> sizes = new ArrayList<>(n.shape(0).dims());
        List<Long> steps = ShapeOps.repeat(1L, rank);
        for (int i = 0; i < axes.size(); i++) {
            int axis = axes.get(i);
            Dim length = n.shape(0).dim(axis);
            boolean isKnown = starts.get(i).isConstant() && ends.get(i).isConstant();
            // A length is part of a new one several times, so that a chain of slices would grow without end.
            Dim all = isKnown ? length : length.defined();
            long step = by.get(i);
            if (step == 0) {
                throw new InvalidOpException("the step along axis " + axis + " is 0");
            }
            steps.set(axis, step);
            Dim last = step > 0 ? all : all.minus(1);
            Dim start = clamp(fromEnd(starts.get(i), all), Dim.ZERO, last);
            Dim end = clamp(fromEnd(ends.get(i), all), step > 0 ? Dim.ZERO : Dim.of(-1), last);
            if (!starts.get(i).isConstant() && !ends.get(i).isConstant()) {
                start = start.defined();
                end = end.defined();
            }
            first.set(axis, start);
            Dim span = step > 0 ? end.minus(start) : start.minus(end);
            sizes.set(axis, span.ceilDiv(Dim.of(Math.abs(step))).max(Dim.ZERO));
        }
        return n.b.add(new Slice(n.in(0), first, sizes, steps));
    }

    /** A position that counts from the end where it is negative. */
    private static Dim fromEnd(Dim d, Dim length) {
        if (d.isConstant()) {
            // Exporters write the largest and smallest integers for "to the end".
            if (d.constant() >= Integer.MAX_VALUE) {
                return length;
            }
            if (d.constant() <= -Integer.MAX_VALUE) {
                return Dim.of(-1);
            }
            return d.constant() < 0 ? d.plus(length) : d;
        }
        if (d.isNonNegative()) {
            return d;
        }
        if (d.upperBound() < 0) {
            return d.plus(length);
        }
        // 1 where d is negative, 0 elsewhere.
        Dim sign = d.max(Dim.of(-1)).min(Dim.ZERO).negate();
        return d.plus(sign.times(length));
    }

    private static Dim clamp(Dim d, Dim low, Dim high) {
        return d.max(low).min(high);
    }

    private static Value pad(OnnxNode n, List<Dim> pads, Optional<Value> value) {
        int rank = n.rank(0);
        List<Integer> all = IntStream.range(0, rank).boxed().toList();
        if (n.opset < 18 || n.opt(3).isEmpty()) {
            return pad(n, all, pads, value);
        }
        return RuntimeAxes.known(n, 3)
                ? pad(n, OnnxNode.axes(n.longs(3), rank), pads, value)
                : pad(n, all, RuntimeAxes.pads(n), value);
    }

    private static Value pad(OnnxNode n, List<Integer> axes, List<Dim> pads, Optional<Value> value) {
        int rank = n.rank(0);
        if (pads.size() != 2 * axes.size()) {
            throw new InvalidOpException(pads.size() + " pads for " + axes.size() + " axes");
        }
        List<Dim> before = ShapeOps.repeat(Dim.ZERO, rank);
        List<Dim> after = ShapeOps.repeat(Dim.ZERO, rank);
        List<Dim> starts = ShapeOps.repeat(Dim.ZERO, rank);
        List<Dim> sizes = new ArrayList<>(n.shape(0).dims());
        for (int i = 0; i < axes.size(); i++) {
            int axis = axes.get(i);
            Dim low = pads.get(i);
            Dim high = pads.get(axes.size() + i);
            // Negative pads cut off.
            Dim cutLow = low.min(Dim.ZERO).negate();
            Dim cutHigh = high.min(Dim.ZERO).negate();
            starts.set(axis, cutLow);
            sizes.set(axis, sizes.get(axis).minus(cutLow).minus(cutHigh));
            before.set(axis, low.max(Dim.ZERO));
            after.set(axis, high.max(Dim.ZERO));
        }
        Value x = n.in(0);
        if (!Shape.of(sizes).equals(n.shape(0))) {
            x = n.b.add(new Slice(x, starts, sizes, ShapeOps.repeat(1L, rank)));
        }
        PadMode mode = n.choice("mode", PadMode.CONSTANT);
        return n.b.add(new Pad(x, mode == PadMode.CONSTANT ? value : Optional.empty(), before, after, mode));
    }

    private static Value depthToSpace(OnnxNode n) {
        Shape s = n.shape(0);
        Dim block = Dim.of(n.i("blocksize", 1));
        Dim depth = s.dim(1).floorDiv(block.times(block));
        boolean crd = n.s("mode", "DCR").equals("CRD");
        Value x = n.b.reshape(
                n.in(0),
                crd
                        ? Shape.of(s.dim(0), depth, block, block, s.dim(2), s.dim(3))
                        : Shape.of(s.dim(0), block, block, depth, s.dim(2), s.dim(3)));
        Value y = n.b.transpose(x, crd ? List.of(0, 1, 4, 2, 5, 3) : List.of(0, 3, 4, 1, 5, 2));
        return n.b.reshape(
                y, Shape.of(s.dim(0), depth, s.dim(2).times(block), s.dim(3).times(block)));
    }

    private static Value spaceToDepth(OnnxNode n) {
        Shape s = n.shape(0);
        Dim block = Dim.of(n.i("blocksize", 1));
        Dim height = s.dim(2).floorDiv(block);
        Dim width = s.dim(3).floorDiv(block);
        Value x = n.b.reshape(n.in(0), Shape.of(s.dim(0), s.dim(1), height, block, width, block));
        boolean crd = n.s("mode", "DCR").equals("CRD");
        Value y = n.b.transpose(x, crd ? List.of(0, 1, 3, 5, 2, 4) : List.of(0, 3, 5, 1, 2, 4));
        return n.b.reshape(y, Shape.of(s.dim(0), s.dim(1).times(block).times(block), height, width));
    }
}
