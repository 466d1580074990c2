package dev.lathe.backend.plan;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Convolutions of floats and doubles; transposed ones with filters that are known at load. */
public final class Convolutions {
    /** Each group of a convolution has a packed matrix of its own in the model. */
    private static final int MAX_GROUPS = 512;

    static final String CHANNELS = "the input of a convolution has other channels than its weights";

    /** Where a kernel of depthwise convolutions reads its images. */
    public enum DepthwiseOperand {
        ANYWHERE,
        /** Not from the caller's arrays and not from weights: it reads the zeros around images from an arena, too. */
        IN_BUFFER
    }

    /** Which filters kernels take. */
    public enum Filters {
        /** Those that are known when the model is loaded. */
        WEIGHTS,
        /** Those that the model computes, too. */
        ANY
    }

    /** How kernels sum what a window sees. */
    public enum Sums {
        /** One product after the other. */
        IN_ORDER,
        /** Also of transformed images and filters, by Winograd's algorithm. */
        REGROUPED
    }

    /** Which transposed convolutions kernels take. */
    public enum Transposed {
        /** Those of one group. */
        WHOLE,
        GROUPED
    }

    /** With fewer channels the transforms cost more than they save. */
    private static final long WINOGRAD_CHANNELS = 16;

    private Convolutions() {}

    public static void addTo(
            Kernels kernels, DepthwiseOperand depthwise, Filters taken, Sums sums, Transposed transposed) {
        kernels.anchor(Conv.class, (p, c, result, epilogue) -> conv(p, c, result, epilogue, depthwise, taken, sums))
                .anchor(
                        ConvTranspose.class,
                        (p, c, result, epilogue) -> transposed(p, c, result, epilogue, transposed));
    }

    private static boolean conv(
            Planner p,
            Conv c,
            Value result,
            @Nullable Epilogue epilogue,
            DepthwiseOperand operand,
            Filters taken,
            Sums sums) {
        Weight filters = p.constant(c.weights());
        boolean volume = c.strides().size() > Volumes.FLAT;
        if (volume) {
            if (filters == null || epilogue != null || result.tensorType().element() == ElementType.F64) {
                return false;
            }
            filters = Volumes.flat(filters);
        }
        Window2d window = window(c.weights(), result, c.kernel(), c.strides(), c.dilations(), c.pads());
        if (window == null) {
            return false;
        }
        if (filters == null || result.tensorType().element() == ElementType.F64) {
            return taken == Filters.ANY && computed(p, c, window, result, epilogue);
        }
        boolean depthwise = filters.dim(1) == 1 && c.groups() == filters.dim(0) && c.groups() > 1;
        if (c.groups() > MAX_GROUPS && !depthwise) {
            return false;
        }
        boolean last = c.layout() == ChannelLayout.CHANNELS_LAST && c.strides().size() == 2;
        Finish finish = last || epilogue == null ? Finish.of(p, epilogue, result, true) : null;
        if (finish == null) {
            return false;
        }
        boolean isProduct = window.taps() == 1 && c.groups() == 1 && window.isPlain();
        View x = volume
                ? Volumes.unfolded(p, c, result.tensorType().shape())
                : isProduct && last ? p.rows(c.x()) : image(p, c.x(), c.layout());
        p.requireEqual(x.shape().dim(-1), Dim.of(filters.dim(1) * c.groups()), CHANNELS);
        View place = last && !depthwise ? p.allocateRows(finish.result()) : place(p, result, c.layout(), last, finish);
        View y = volume ? Volumes.images(place) : place;
        if (isProduct) {
            // Single pixels times a matrix.
            p.add(new Step.MatrixProduct(
                    x,
                    x.shape().slice(0, 3).elements(),
                    new Step.MatrixProduct.Matrix(filters, true, finish.bias()),
                    p.bytes(c.x(), c.weights(), filters.dim(1)),
                    finish.kernel(),
                    y));
        } else {
            View source = depthwise && operand == DepthwiseOperand.IN_BUFFER ? inBuffer(p, x) : x;
            boolean winograd = sums == Sums.REGROUPED && c.groups() == 1 && suitsWinograd(window, filters, y);
            p.add(new Step.Convolution(
                    depthwise
                            ? Step.Convolution.Form.DEPTHWISE
                            : winograd ? Step.Convolution.Form.WINOGRAD : Step.Convolution.Form.GROUPED,
                    window,
                    source,
                    filters,
                    c.groups(),
                    finish.bias(),
                    depthwise ? Optional.empty() : p.bytes(c.x(), c.weights(), filters.dim(1) * window.taps()),
                    finish.kernel(),
                    y));
        }
        leave(p, result, c.layout(), last, place);
        return true;
    }

    /**
     * Whether Winograd's algorithm can pay. Integers with scales stay as they are: transformed, they would be floats,
     * and several times as many. Floats of 16 bits would also take several times their room, as those of 32 bits do;
     * but who has them on a CPU mostly got them for other hardware, and wants speed.
     */
    private static boolean suitsWinograd(Window2d window, Weight filters, View y) {
        Dim pixels = y.shape().dim(1).times(y.shape().dim(2));
        return window.kernelHeight() == 3
                && window.kernelWidth() == 3
                && window.strideHeight() == 1
                && window.strideWidth() == 1
                && window.dilationHeight() == 1
                && window.dilationWidth() == 1
                && isFloat(filters.element())
                && filters.scaling().isEmpty()
                && filters.dim(0) >= WINOGRAD_CHANNELS
                && filters.dim(1) >= WINOGRAD_CHANNELS
                && !(pixels.isConstant() && pixels.constant() < 4);
    }

    private static boolean isFloat(ElementType element) {
        return element == ElementType.F32 || element == ElementType.F16 || element == ElementType.BF16;
    }

    private static boolean computed(Planner p, Conv c, Window2d window, Value result, @Nullable Epilogue epilogue) {
        boolean doubles = result.tensorType().element() == ElementType.F64;
        if (c.groups() > MAX_GROUPS || doubles && epilogue != null) {
            return false;
        }
        boolean last = c.layout() == ChannelLayout.CHANNELS_LAST && c.strides().size() == 2;
        Finish finish = last || epilogue == null ? Finish.of(p, epilogue, result, false) : null;
        if (finish == null) {
            return false;
        }
        View x = image(p, c.x(), c.layout());
        View filters = p.contiguous(c.weights());
        p.requireEqual(x.shape().dim(-1), filters.shape().dim(1).times(c.groups()), CHANNELS);
        View y = place(p, result, c.layout(), last, finish);
        p.add(new Step.ComputedConvolution(window, x, filters, c.groups(), finish.kernel(), y));
        leave(p, result, c.layout(), last, y);
        return true;
    }

    private static boolean transposed(
            Planner p, ConvTranspose c, Value result, @Nullable Epilogue epilogue, Transposed taken) {
        Weight filters = p.constant(c.weights());
        Window2d window = window(c.weights(), result, c.kernel(), c.strides(), c.dilations(), c.pads());
        if (filters == null
                || window == null
                || c.groups() != 1 && taken == Transposed.WHOLE
                || result.tensorType().element() != ElementType.F32) {
            return false;
        }
        if (c.strides().size() > Volumes.FLAT) {
            return epilogue == null && Volumes.transposed(p, c, filters, result);
        }
        boolean last = c.layout() == ChannelLayout.CHANNELS_LAST && c.strides().size() == 2;
        Finish finish = last || epilogue == null ? Finish.of(p, epilogue, result, true) : null;
        if (finish == null) {
            return false;
        }
        View x = image(p, c.x(), c.layout());
        p.requireEqual(x.shape().dim(-1), Dim.of(filters.dim(0)), CHANNELS);
        View y = place(p, result, c.layout(), last, finish);
        p.add(new Step.Convolution(
                Step.Convolution.Form.TRANSPOSED,
                window,
                x,
                filters,
                c.groups(),
                finish.bias(),
                Optional.empty(),
                finish.kernel(),
                y));
        leave(p, result, c.layout(), last, y);
        return true;
    }

    /** How windows slide over the last two axes; null if no kernel takes it. */
    private static @Nullable Window2d window(
            Value weights, Value result, List<Long> kernel, List<Long> strides, List<Long> dilations, List<Dim> pads) {
        ElementType element = result.tensorType().element();
        if (element != ElementType.F32 && element != ElementType.F64
                || !weights.tensorType().isStatic()
                || kernel.isEmpty()) {
            return null;
        }
        if (kernel.size() <= Volumes.FLAT) {
            Window2d window = new Window2d(kernel, strides, dilations, pads);
            return window.isOrdinary() ? window : null;
        }
        Window2d window = Volumes.flat(kernel, strides, dilations, pads);
        return window.isOrdinary() && Volumes.isOrdinary(kernel, strides, dilations, pads) ? window : null;
    }

    private static View image(Planner p, Value x, ChannelLayout layout) {
        return layout == ChannelLayout.CHANNELS_LAST && x.tensorType().rank() == 4
                ? p.contiguous(x)
                : p.contiguous(Images.channelsLast(p.view(x), layout));
    }

    private static View place(Planner p, Value result, ChannelLayout layout, boolean last, Finish finish) {
        return last ? p.allocate(finish.result()) : p.scratch(Images.channelsLast(result.tensorType(), layout));
    }

    private static void leave(Planner p, Value result, ChannelLayout layout, boolean last, View y) {
        if (!last) {
            p.put(result, Images.as(result.tensorType(), layout, y));
        }
    }

    private static View inBuffer(Planner p, View x) {
        if (x.place() instanceof Place.Buffer) {
            return x;
        }
        View copy = p.scratch(x.type());
        p.copy(x, copy);
        return copy;
    }
}
