package dev.lathe.backend.plan;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;

/**
 * Ops that do little, and that a target has kernels for because its host is far away: to run them there is to wait for
 * the device.
 */
public final class DeviceKernels {
    private DeviceKernels() {}

    public static void addTo(Kernels kernels) {
        kernels.on(GatherElements.class, DeviceKernels::gather)
                .on(ScatterElements.class, DeviceKernels::scatter)
                .on(Range.class, DeviceKernels::range)
                .on(ArgReduce.class, DeviceKernels::arg)
                .on(Cumulative.class, DeviceKernels::cumulate)
                .repeating();
    }

    private static boolean isIndex(Value v) {
        ElementType type = v.tensorType().element();
        return type == ElementType.I64 || type == ElementType.I32;
    }

    private static boolean gather(Planner p, GatherElements g, Value result) {
        if (!isIndex(g.indices())) {
            return false;
        }
        View from = p.contiguous(g.x());
        View indices = p.contiguous(g.indices());
        requireCovered(p, indices.shape(), from.shape(), g.axis());
        p.add(new Step.GatherElements(from, indices, g.axis(), p.allocate(result)));
        return true;
    }

    private static boolean scatter(Planner p, ScatterElements s, Value result) {
        boolean joins = s.reduction() != ScatterReduction.NONE;
        if (!isIndex(s.indices()) || joins && !s.x().tensorType().element().isNumeric()) {
            return false;
        }
        View indices = p.contiguous(s.indices());
        View updates = p.contiguous(s.updates());
        for (int axis = 0; axis < indices.shape().rank(); axis++) {
            p.requireEqual(indices.shape().dim(axis), updates.shape().dim(axis), "indices and updates differ");
        }
        requireCovered(p, indices.shape(), s.x().tensorType().shape(), s.axis());
        View from = p.view(s.x());
        View out = p.allocate(result);
        p.copy(from, out);
        p.add(new Step.ScatterElements(indices, updates, s.axis(), s.reduction(), out));
        return true;
    }

    /** Checks what only a running model knows: that there is an element at all positions of the indices. */
    private static void requireCovered(Planner p, Shape indices, Shape elements, int axis) {
        for (int i = 0; i < indices.rank(); i++) {
            Dim last = indices.dim(i).minus(1);
            if (i != axis && !elements.dim(i).minus(1).minus(last).isNonNegative()) {
                p.add(new Step.Guard(
                        new Condition.Inside(indices.elements(), last, elements.dim(i)),
                        "there are more indices than elements along axis " + i));
            }
        }
    }

    private static boolean range(Planner p, Range r, Value result) {
        if (!r.count().isNonNegative()) {
            return false; // then it is empty, whatever its type says
        }
        p.add(new Step.Sequence(p.contiguous(r.start()), p.contiguous(r.delta()), p.allocate(result)));
        return true;
    }

    private static boolean arg(Planner p, ArgReduce a, Value result) {
        Shape shape = a.x().tensorType().shape();
        p.add(new Step.ArgRows(
                a.function(),
                a.selectLast(),
                p.contiguous(a.x()),
                shape.slice(0, a.axis()).elements(),
                shape.dim(a.axis()),
                shape.slice(a.axis() + 1, shape.rank()).elements(),
                p.allocate(result)));
        return true;
    }

    private static boolean cumulate(Planner p, Cumulative c, Value result) {
        Shape shape = c.x().tensorType().shape();
        p.add(new Step.CumulateRows(
                c.function(),
                c.exclusive(),
                c.reverse(),
                p.contiguous(c.x()),
                shape.slice(0, c.axis()).elements(),
                shape.dim(c.axis()),
                shape.slice(c.axis() + 1, shape.rank()).elements(),
                p.allocate(result)));
        return true;
    }
}
