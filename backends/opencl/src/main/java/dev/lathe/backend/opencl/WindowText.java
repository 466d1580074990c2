package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Windows over any number of axes, in either layout and of any size: what the tiles and rows do not take. */
final class WindowText {
    private final ProgramText program;
    private final ScalarText scalar;

    WindowText(ProgramText program) {
        this.program = program;
        this.scalar = program.expressions();
    }

    /** Coordinates of a tensor with images: a number of the image, a channel, and places along the spatial axes. */
    private static List<String> coordinates(String image, String channel, List<String> places, ChannelLayout layout) {
        List<String> all = new ArrayList<>(List.of(image));
        all.addAll(places);
        all.add(layout.channelAxis(places.size() + 2), channel);
        return all;
    }

    private static List<String> places(String stem, int spatial) {
        List<String> all = new ArrayList<>();
        for (int k = 0; k < spatial; k++) {
            all.add(stem + k);
        }
        return all;
    }

    private static void pads(ElementKernel k, Window window, int spatial) {
        for (int a = 0; a < 2 * spatial; a++) {
            k.size(
                    (a < spatial ? "before" : "after") + a % spatial,
                    window.pads().get(a));
        }
    }

    /** Declares, for each axis, where the window begins, and from which to which tap there are elements. */
    private static void ends(ElementKernel k, Window window, List<Long> kernel, ChannelLayout layout) {
        for (int a = 0; a < kernel.size(); a++) {
            String size = "x" + (layout.spatialAxis() + a);
            long dilation = window.dilations().get(a);
            k.line("const long at" + a + " = o" + (layout.spatialAxis() + a) + " * "
                    + window.strides().get(a) + "L - before" + a + ";");
            k.line("const long from" + a + " = at" + a + " < 0 ? min((-at" + a + " + " + (dilation - 1) + "L) / "
                    + dilation + "L, " + kernel.get(a) + "L) : 0;");
            k.line("const long end" + a + " = at" + a + " < " + size + " ? min((" + size + " - at" + a + " + "
                    + (dilation - 1) + "L) / " + dilation + "L, " + kernel.get(a) + "L) : 0;");
        }
    }

    /** Opens a loop over the taps of each axis, and declares the place {@code p0}, {@code p1}, … of the tap. */
    private static void openTaps(ElementKernel k, Window window, int spatial) {
        for (int a = 0; a < spatial; a++) {
            k.line("for (long t" + a + " = from" + a + "; t" + a + " < end" + a + "; t" + a + "++) {");
            k.line("const long p" + a + " = at" + a + " + t" + a + " * "
                    + window.dilations().get(a) + "L;");
        }
    }

    private static void close(ElementKernel k, int blocks) {
        for (int a = 0; a < blocks; a++) {
            k.line("}");
        }
    }

    /** The type in which products are summed up. */
    private static ElementType summed(ElementType type) {
        return type == ElementType.F64 ? type : type.isFloat() ? ElementType.F32 : ElementType.I64;
    }

    /** Adds the product of an element of the operand and one of the filters to {@code sum}. */
    private void multiply(ElementKernel k, ElementType type, String x, String w) {
        String a = scalar.load(type, "x", x);
        String b = scalar.load(type, "w", w);
        k.line(type.isFloat() ? "sum = fma(" + a + ", " + b + ", sum);" : "sum += (long) " + a + " * " + b + ";");
    }

    Launch convolution(Conv c, View x, View w, View y) {
        ElementType type = y.type().element();
        int spatial = c.kernel().size();
        String stored = ElementKernel.stored(type);
        ElementKernel k = new ElementKernel(y.shape().elements())
                .reads("x", stored, x)
                .reads("w", stored, w)
                .writes("y", stored, y);
        pads(k, c.window(), spatial);
        k.coordinates("o", "y", spatial + 2);
        ends(k, c.window(), c.kernel(), c.layout());
        String channel = "o" + c.layout().channelAxis(spatial + 2);
        k.line("const long first = " + channel + " / (w0 / " + c.groups() + "L) * w1;");
        k.line(ClText.computed(summed(type)) + " sum = 0;");
        k.line("for (long c = 0; c < w1; c++) {");
        openTaps(k, c.window(), spatial);
        List<String> filter = new ArrayList<>(List.of(channel, "c"));
        filter.addAll(places("t", spatial));
        multiply(
                k,
                type,
                ElementKernel.at("x", coordinates("o0", "first + c", places("p", spatial), c.layout())),
                ElementKernel.at("w", filter));
        close(k, spatial + 1);
        k.line(scalar.store(type, "y", "y_at + i", "sum"));
        return k.launch(program, "convolution_" + type.text());
    }

    /** Each element gathers the windows that it is in: those whose tap on it is a whole number of strides away. */
    Launch transposed(ConvTranspose c, View x, View w, View y) {
        ElementType type = y.type().element();
        int spatial = c.kernel().size();
        int first = c.layout().spatialAxis();
        String stored = ElementKernel.stored(type);
        ElementKernel k = new ElementKernel(y.shape().elements())
                .reads("x", stored, x)
                .reads("w", stored, w)
                .writes("y", stored, y);
        pads(k, c.window().window(), spatial);
        k.coordinates("o", "y", spatial + 2);
        String channel = "o" + c.layout().channelAxis(spatial + 2);
        k.line("const long depth = w0 / " + c.groups() + "L;");
        k.line("const long group = " + channel + " / w1;");
        k.line(ClText.computed(summed(type)) + " sum = 0;");
        for (int a = 0; a < spatial; a++) {
            long stride = c.window().strides().get(a);
            k.line("for (long t" + a + " = 0; t" + a + " < " + c.kernel().get(a) + "L; t" + a + "++) {");
            k.line("const long d" + a + " = o" + (first + a) + " + before" + a + " - t" + a + " * "
                    + c.window().dilations().get(a) + "L;");
            k.line("if (d" + a + " < 0 || d" + a + " % " + stride + "L != 0 || d" + a + " / " + stride + "L >= x"
                    + (first + a) + ") {");
            k.line("continue;");
            k.line("}");
            k.line("const long p" + a + " = d" + a + " / " + stride + "L;");
        }
        k.line("for (long c = group * depth; c < (group + 1) * depth; c++) {");
        List<String> filter = new ArrayList<>(List.of("c", channel + " - group * w1"));
        filter.addAll(places("t", spatial));
        multiply(
                k,
                type,
                ElementKernel.at("x", coordinates("o0", "c", places("p", spatial), c.layout())),
                ElementKernel.at("w", filter));
        close(k, spatial + 1);
        k.line(scalar.store(type, "y", "y_at + i", "sum"));
        return k.launch(program, "transposed_convolution_" + type.text());
    }

    /** Whether {@code next} is the new largest; NaN is greater than all numbers. */
    private static String greater(ElementType type) {
        return type.isFloat() ? "next > best || (isnan(next) && !isnan(best))" : "next > best";
    }

    Launch pool(Pool p, View x, View y) {
        ElementType type = y.type().element();
        int spatial = p.kernel().size();
        boolean max = p.function() == PoolFunction.MAX_POOL;
        ElementType summed = max ? type : summed(type);
        String stored = ElementKernel.stored(type);
        ElementKernel k =
                new ElementKernel(y.shape().elements()).reads("x", stored, x).writes("y", stored, y);
        pads(k, p.window(), spatial);
        k.coordinates("o", "y", spatial + 2);
        ends(k, p.window(), p.kernel(), p.layout());
        String word = ClText.computed(summed);
        k.line(word + " best = " + (max ? ClText.least(type) : "0") + ";");
        if (p.function() == PoolFunction.AVERAGE_POOL) {
            k.line("long count = 0;");
        } else if (p.function() == PoolFunction.AVERAGE_POOL_PADDED) {
            covered(k, p);
        }
        openTaps(k, p.window(), spatial);
        String channel = "o" + p.layout().channelAxis(spatial + 2);
        String at = ElementKernel.at("x", coordinates("o0", channel, places("p", spatial), p.layout()));
        k.line("const " + word + " next = " + scalar.load(type, "x", at) + ";");
        k.line(max ? "best = " + greater(type) + " ? next : best;" : "best += next;");
        if (p.function() == PoolFunction.AVERAGE_POOL) {
            k.line("count++;");
        }
        close(k, spatial);
        boolean mean = p.function() == PoolFunction.AVERAGE_POOL || p.function() == PoolFunction.AVERAGE_POOL_PADDED;
        k.line(scalar.store(type, "y", "y_at + i", mean ? "best / count" : "best"));
        return k.launch(program, p.function().mnemonic() + "_" + type.text());
    }

    /** Declares how many taps are on the image or on what pads it. */
    private static void covered(ElementKernel k, Pool p) {
        k.line("long count = 1;");
        for (int a = 0; a < p.kernel().size(); a++) {
            String size = "x" + (p.layout().spatialAxis() + a);
            long dilation = p.window().dilations().get(a);
            k.line("count *= clamp((" + size + " + after" + a + " - at" + a + " + " + (dilation - 1) + "L) / "
                    + dilation + "L, 0L, " + p.kernel().get(a) + "L);"); // no window begins before what pads it
        }
    }

    Launch indices(PoolIndices p, View x, View y) {
        ElementType type = x.type().element();
        int spatial = p.kernel().size();
        int first = p.layout().spatialAxis();
        String word = ClText.computed(type);
        ElementKernel k = new ElementKernel(y.shape().elements())
                .reads("x", ElementKernel.stored(type), x)
                .writes("y", "long", y);
        pads(k, p.window(), spatial);
        k.coordinates("o", "y", spatial + 2);
        ends(k, p.window(), p.kernel(), p.layout());
        k.line("long place = -1;");
        k.line(word + " best = 0;");
        openTaps(k, p.window(), spatial);
        String channel = "o" + p.layout().channelAxis(spatial + 2);
        k.line("const long at = " + ElementKernel.at("x", coordinates("o0", channel, places("p", spatial), p.layout()))
                + ";");
        k.line("const " + word + " next = " + scalar.load(type, "x", "at") + ";");
        k.line("if (place < 0 || " + greater(type) + ") {");
        k.line("place = at - x_at;");
        k.line("best = next;");
        close(k, spatial + 1);
        if (p.columnMajor()) {
            // The same place with the spatial axes counted in reverse order.
            k.line("if (place >= 0) {");
            k.line("long plane = 1, swapped = 0, turn = 1, step = 1;");
            int rank = spatial + 2;
            for (int a = first; a < rank; a++) {
                k.line("plane *= x" + a + ";");
            }
            k.line("const long rest_place = place % plane;");
            k.line("step = plane;");
            for (int a = first; a < rank; a++) {
                k.line("step /= x" + a + ";");
                k.line("swapped += rest_place / step % x" + a + " * turn;");
                k.line("turn *= x" + a + ";");
            }
            k.line("place += swapped - rest_place;");
            k.line("}");
        }
        k.line("y[y_at + i] = place;");
        return k.launch(program, "pool_indices_" + type.text());
    }
}
