package dev.lathe.backend.plan;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.Lookup;
import dev.lathe.ir.op.MaxRoiPool;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.RoiAlign;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.op.TreeEnsemble;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.List;
import java.util.Optional;

/** Ops that go over indices, along axes, or make each element of a result by itself. */
public final class IndexKernels {
    private static final String CHANNELS = "the input of a convolution has other channels than its weights";
    /** The most rows of a matrix that a work item keeps for itself. */
    private static final long MAX_SIDE = 16;
    /** The most axes of windows in which places are found. */
    private static final int MAX_WINDOW_AXES = 3;

    private IndexKernels() {}

    /** Adds the kernels that go over indices and rows. */
    public static void addTo(Kernels kernels) {
        kernels.on(GatherElements.class, IndexKernels::gather)
                .on(ScatterElements.class, IndexKernels::scatter)
                .on(Range.class, IndexKernels::range)
                .on(ArgReduce.class, IndexKernels::arg)
                .on(Cumulative.class, IndexKernels::cumulate);
    }

    /** Adds the ops that choose elements, and go to slices by tuples of indices. */
    public static void addTuplesTo(Kernels kernels) {
        kernels.on(GatherNd.class, IndexKernels::gatherNd)
                .on(ScatterNd.class, IndexKernels::scatterNd)
                .onAll(TopK.class, IndexKernels::topK);
    }

    /** Adds the ops that read between elements at computed positions. */
    public static void addSamplesTo(Kernels kernels) {
        kernels.on(GridSample.class, IndexKernels::grid).on(RoiAlign.class, IndexKernels::roiAlign);
    }

    /** Adds the largest elements of regions, their places in windows, and determinants of any size. */
    public static void addWholesTo(Kernels kernels) {
        kernels.on(PoolIndices.class, IndexKernels::places);
        kernels.on(MaxRoiPool.class, IndexKernels::maxRoiPool).on(Determinant.class, (p, d, result) -> {
            Shape x = d.x().tensorType().shape();
            p.requireEqual(x.dim(-1), x.dim(-2), "a matrix with a determinant is not square");
            return perElement(p, d, List.of(d.x()), List.of(result));
        });
    }

    /** Adds resizes that interpolate, by factors and regions that are known. */
    public static void addResamplingTo(Kernels kernels) {
        kernels.otherwise(Resize.class, IndexKernels::resample);
    }

    /** Adds trees that are known when the model is loaded. */
    public static void addTreesTo(Kernels kernels) {
        kernels.on(TreeEnsemble.class, IndexKernels::trees);
    }

    /** Adds places of numbers among keys that are known when the model is loaded. */
    public static void addKeysTo(Kernels kernels) {
        kernels.on(Lookup.class, (p, l, result) -> {
            boolean known = p.constant(l.keys()) instanceof Weight w
                    && w.type().equals(l.keys().type());
            return known && perElement(p, l, l.operands(), List.of(result));
        });
    }

    /** Adds the ops whose kernels a target writes for one element of the result at a time. */
    public static void addElementsTo(Kernels kernels) {
        addTuplesTo(kernels);
        addSamplesTo(kernels);
        kernels.otherwise(Conv.class, IndexKernels::conv)
                .otherwise(ConvTranspose.class, IndexKernels::conv)
                .otherwise(Pool.class, (p, o, result) -> perElement(p, o, List.of(o.x()), List.of(result)))
                .on(PoolIndices.class, (p, o, result) -> perElement(p, o, List.of(o.x()), List.of(result)))
                .on(Determinant.class, IndexKernels::determinant);
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

    // Kernels with a work item for each element.

    private static boolean perElement(Planner p, CoreOp op, List<Value> operands, List<Value> results) {
        List<View> from = operands.stream().map(p::contiguous).toList();
        List<View> to = results.stream().map(p::allocate).toList();
        p.add(new Step.PerElement(op, from, to));
        return true;
    }

    private static boolean conv(Planner p, Conv c, Value result) {
        Shape x = c.x().tensorType().shape();
        Shape w = c.weights().tensorType().shape();
        p.requireEqual(x.dim(c.layout().channelAxis(x.rank())), w.dim(1).times(c.groups()), CHANNELS);
        return perElement(p, c, List.of(c.x(), c.weights()), List.of(result));
    }

    private static boolean conv(Planner p, ConvTranspose c, Value result) {
        Shape x = c.x().tensorType().shape();
        Shape w = c.weights().tensorType().shape();
        p.requireEqual(x.dim(c.layout().channelAxis(x.rank())), w.dim(0), CHANNELS);
        return perElement(p, c, List.of(c.x(), c.weights()), List.of(result));
    }

    private static boolean grid(Planner p, GridSample g, Value result) {
        Shape x = g.x().tensorType().shape();
        Shape grid = g.grid().tensorType().shape();
        p.requireEqual(grid.dim(0), x.dim(0), "there are not as many grids as images");
        p.requireEqual(grid.dim(-1), Dim.of(x.rank() - 2L), "positions in a grid have not a number for each axis");
        return perElement(p, g, List.of(g.x(), g.grid()), List.of(result));
    }

    private static boolean trees(Planner p, TreeEnsemble t, Value result) {
        List<Value> lists = t.operands().subList(1, t.operands().size());
        return lists.stream()
                        .allMatch(v ->
                                p.constant(v) instanceof Weight w && w.type().equals(v.type()))
                && perElement(p, t, t.operands(), List.of(result));
    }

    private static boolean resample(Planner p, Resize r, Value result) {
        Optional<Tensor> scales = r.scales().map(p::tensor);
        Optional<Tensor> roi = r.roi().map(p::tensor);
        ElementType type = result.tensorType().element();
        boolean isComputed = scales.isPresent() != r.scales().isPresent()
                || roi.isPresent() != r.roi().isPresent()
                || type.isBool()
                || type == ElementType.U64;
        Shape from = r.x().tensorType().shape();
        for (int i = 0; scales.isPresent() && i < from.rank(); i++) {
            isComputed |= !(scales.get().getDouble(i) > 0);
        }
        if (isComputed) {
            return false;
        }
        Dim made = result.tensorType().shape().elements();
        for (int i = 0; i < from.rank(); i++) {
            if (!from.dim(i).isPositive()) {
                p.add(new Step.Guard(
                        new Condition.Available(from.dim(i), made), "there is nothing to resize along axis " + i));
            }
        }
        p.add(new Step.Resample(r, scales, roi, p.contiguous(r.x()), p.allocate(result)));
        return true;
    }

    private static boolean roiAlign(Planner p, RoiAlign r, Value result) {
        if (!isIndex(r.batchIndices())) {
            return false;
        }
        Shape rois = r.rois().tensorType().shape();
        p.requireEqual(rois.dim(1), Dim.of(4), "a region does not have four coordinates");
        p.requireEqual(rois.dim(0), r.batchIndices().tensorType().dim(0), "there are not as many images as regions");
        return perElement(p, r, List.of(r.x(), r.rois(), r.batchIndices()), List.of(result));
    }

    private static boolean maxRoiPool(Planner p, MaxRoiPool r, Value result) {
        if (Math.max(r.height(), r.width()) > Integer.MAX_VALUE) {
            return false;
        }
        p.requireEqual(r.rois().tensorType().dim(1), Dim.of(5), "a region does not have an image and four coordinates");
        return perElement(p, r, List.of(r.x(), r.rois()), List.of(result));
    }

    private static boolean places(Planner p, PoolIndices o, Value result) {
        int spatial = o.kernel().size();
        boolean has = o.layout() == ChannelLayout.CHANNELS_FIRST
                && spatial > 0
                && spatial <= MAX_WINDOW_AXES
                && Volumes.isOrdinary(o.kernel(), o.strides(), o.dilations(), o.pads());
        return has && perElement(p, o, List.of(o.x()), List.of(result));
    }

    private static boolean gatherNd(Planner p, GatherNd g, Value result) {
        if (!isIndex(g.indices())) {
            return false;
        }
        for (int b = 0; b < g.batchDims(); b++) {
            p.requireEqual(
                    g.indices().tensorType().dim(b), g.x().tensorType().dim(b), "the batches of index tuples differ");
        }
        return perElement(p, g, List.of(g.x(), g.indices()), List.of(result));
    }

    private static boolean scatterNd(Planner p, ScatterNd s, Value result) {
        Shape x = s.x().tensorType().shape();
        Shape i = s.indices().tensorType().shape();
        boolean joins = s.reduction() != ScatterReduction.NONE;
        if (!isIndex(s.indices())
                || !i.dim(-1).isConstant()
                || joins && !s.x().tensorType().element().isNumeric()) {
            return false;
        }
        View indices = p.contiguous(s.indices());
        View updates = p.contiguous(s.updates());
        Shape slices = i.slice(0, i.rank() - 1).concat(x.slice((int) i.dim(-1).constant(), x.rank()));
        for (int axis = 0; axis < slices.rank(); axis++) {
            p.requireEqual(slices.dim(axis), updates.shape().dim(axis), "updates and the places they go to differ");
        }
        View from = p.view(s.x());
        View out = p.allocate(result);
        p.copy(from, out);
        p.add(new Step.ScatterSlices(indices, updates, s.reduction(), out));
        return true;
    }

    private static boolean determinant(Planner p, Determinant d, Value result) {
        Shape x = d.x().tensorType().shape();
        boolean small = x.dim(-1).isConstant()
                && x.dim(-1).equals(x.dim(-2))
                && x.dim(-1).constant() <= MAX_SIDE;
        return small && x.dim(-1).isPositive() && perElement(p, d, List.of(d.x()), List.of(result));
    }

    private static boolean topK(Planner p, TopK t, List<Value> results) {
        Dim length = t.x().tensorType().dim(t.axis());
        String message = "there are fewer elements along axis " + t.axis() + " than the " + t.k() + " that are wanted";
        p.requireNonNegative(t.k(), message);
        if (!length.minus(t.k()).isNonNegative()) {
            p.add(new Step.Guard(new Condition.Inside(t.k(), t.k().minus(1), length), message));
        }
        return perElement(p, t, List.of(t.x()), results);
    }
}
