package dev.lathe.backend.plan;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.DeformConv;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** Convolutions whose windows are moved: what their taps read, and the product of the filters with it. */
public final class Deformations {
    private Deformations() {}

    /** Adds such convolutions of images of floats. */
    public static void addTo(Kernels kernels) {
        kernels.on(DeformConv.class, Deformations::conv);
    }

    private static boolean conv(Planner p, DeformConv c, Value result) {
        Shape x = c.x().tensorType().shape();
        Shape w = c.weights().tensorType().shape();
        boolean has = result.tensorType().element() == ElementType.F32
                && x.rank() == 4
                && x.dim(1).isConstant()
                && w.dims().stream().allMatch(Dim::isConstant)
                && x.dim(1).constant() % c.offsetGroups() == 0
                && w.dim(0).constant() % c.groups() == 0;
        if (!has) {
            return false;
        }
        Window2d window =
                new Window2d(List.of(w.dim(2).constant(), w.dim(3).constant()), c.strides(), c.dilations(), c.pads());
        if (!window.isOrdinary()) {
            return false;
        }
        Shape y = result.tensorType().shape();
        Dim taps = Dim.of(window.taps());
        p.requireEqual(x.dim(1), w.dim(1).times(c.groups()), Convolutions.CHANNELS);
        Dim moved = taps.times(c.offsetGroups());
        like(p, c.offset(), Shape.of(x.dim(0), moved.times(2), y.dim(2), y.dim(3)), "the moves of a convolution");
        c.mask().ifPresent(m -> like(p, m, Shape.of(x.dim(0), moved, y.dim(2), y.dim(3)), "the mask of a convolution"));
        List<View> operands = new ArrayList<>();
        operands.add(p.contiguous(c.x()));
        operands.add(p.contiguous(c.offset()));
        c.mask().ifPresent(m -> operands.add(p.contiguous(m)));
        Dim groups = Dim.of(c.groups());
        Dim depth = w.dim(1).times(taps);
        Dim rows = Dim.of(w.dim(0).constant() / c.groups());
        Dim pixels = y.dim(2).times(y.dim(3));
        View read = p.scratch(result.tensorType().withShape(Shape.of(x.dim(0), groups, depth, pixels)));
        p.add(new Step.PerElement(c, operands, List.of(read)));
        View filters = p.contiguous(c.weights()).reshaped(Shape.of(Dim.ONE, groups, rows, depth));
        View out = p.allocate(result).reshaped(Shape.of(x.dim(0), groups, rows, pixels));
        p.add(new Step.BatchedProduct(filters, read, null, out));
        return true;
    }

    private static void like(Planner p, Value v, Shape shape, String what) {
        Shape own = v.tensorType().shape();
        for (int i = 0; i < shape.rank(); i++) {
            p.requireEqual(own.dim(i), shape.dim(i), what + " and its images differ along axis " + i);
        }
    }
}
