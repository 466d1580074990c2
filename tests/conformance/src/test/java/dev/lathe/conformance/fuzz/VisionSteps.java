package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.*;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.imageio.ImageIO;

/** Ops of computer vision that read at computed places. */
final class VisionSteps {
    static final List<Consumer<GraphGenerator>> ALL = List.of(
            VisionSteps::gridSample,
            VisionSteps::roiAlign,
            VisionSteps::maxRoiPool,
            VisionSteps::deformConv,
            VisionSteps::nonMaxSuppression,
            VisionSteps::poolIndices,
            VisionSteps::determinant,
            VisionSteps::imageDecode);

    private VisionSteps() {}

    /** An exact {@code [N, C, H, W]}, made of a value or new. */
    private static Value image(GraphGenerator g) {
        if (g.chance(2)) {
            return g.input(ElementType.F32, g.shape(4));
        }
        return g.pick(t -> t.rank() == 4 && t.element().isFloat() && t.element().bits() >= 16);
    }

    private static void gridSample(GraphGenerator g) {
        Value x = image(g);
        TensorType t = x.tensorType();
        Value grid = g.input(t.element(), Shape.of(t.dim(0), Dim.of(g.size()), Dim.of(3), Dim.of(2)));
        g.add(new GridSample(
                x, grid, g.pick(List.of(ResizeMode.values())), g.pick(List.of(GridPadding.values())), g.chance(2)));
    }

    private static Value regions(GraphGenerator g, int width, long images) {
        long n = 1L + g.random.nextInt(4);
        Tensor t = Tensor.zeros(ElementType.F32, n, width);
        for (int r = 0; r < n; r++) {
            int at = r * width;
            if (width == 5) {
                t.setDouble(at++, g.random.nextInt((int) images));
            }
            double x = g.random.nextInt(4);
            double y = g.random.nextInt(4);
            t.setDouble(at, x);
            t.setDouble(at + 1, y);
            t.setDouble(at + 2, x + 1 + g.random.nextInt(6));
            t.setDouble(at + 3, y + 1 + g.random.nextInt(6));
        }
        return g.constant(t);
    }

    private static void roiAlign(GraphGenerator g) {
        Value x = image(g);
        if (g.least(x.tensorType().dim(0)) == 0) {
            throw GraphGenerator.refuse("a region of no image");
        }
        Value rois = regions(g, 4, 1);
        Tensor batches = Tensor.zeros(ElementType.I64, rois.tensorType().dim(0).constant());
        Value of = x.tensorType().element() == ElementType.F32
                ? rois
                : g.add(new Cast(rois, x.tensorType().element(), true));
        g.add(new RoiAlign(
                x,
                of,
                g.constant(batches),
                1 + g.random.nextInt(3),
                1 + g.random.nextInt(3),
                g.random.nextInt(3),
                g.pick(List.of(1.0, 0.5)),
                g.chance(2),
                g.chance(2)));
    }

    private static void maxRoiPool(GraphGenerator g) {
        Value x = image(g);
        long images = g.least(x.tensorType().dim(0));
        if (images == 0) {
            throw GraphGenerator.refuse("a region of no image");
        }
        Value rois = regions(g, 5, images);
        Value of = x.tensorType().element() == ElementType.F32
                ? rois
                : g.add(new Cast(rois, x.tensorType().element(), true));
        g.add(new MaxRoiPool(x, of, 1 + g.random.nextInt(3), 1 + g.random.nextInt(3), g.pick(List.of(1.0, 0.5))));
    }

    private static void deformConv(GraphGenerator g) {
        Value x = image(g);
        TensorType t = x.tensorType();
        if (!t.dim(1).isConstant()) {
            throw GraphGenerator.refuse("symbolic channels");
        }
        long taps = 4;
        Dim h = t.dim(2).minus(1);
        Dim w = t.dim(3).minus(1);
        g.add(new DeformConv(
                x,
                g.constant(
                        g.tensor(t.element(), 1 + g.random.nextInt(3), t.dim(1).constant(), 2, 2)),
                g.input(t.element(), Shape.of(t.dim(0), Dim.of(2 * taps), h, w)),
                g.chance(2)
                        ? Optional.empty()
                        : Optional.of(g.input(t.element(), Shape.of(t.dim(0), Dim.of(taps), h, w))),
                new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.ZERO), List.of(1L, 1L)),
                1,
                1));
    }

    private static void nonMaxSuppression(GraphGenerator g) {
        Dim boxes = Dim.of(1 + g.random.nextInt(6));
        Dim images = Dim.of(1 + g.random.nextInt(2));
        Value most = g.constant(Tensor.scalar(1L + g.random.nextInt(4)));
        g.add(new NonMaxSuppression(
                g.input(ElementType.F32, Shape.of(images, boxes, Dim.of(4))),
                g.input(ElementType.F32, Shape.of(images, Dim.of(1 + g.random.nextInt(3)), boxes)),
                g.chance(6) ? Optional.empty() : Optional.of(most),
                g.chance(3) ? Optional.empty() : Optional.of(g.constant(Tensor.scalar(0.3f))),
                g.chance(2) ? Optional.empty() : Optional.of(g.constant(Tensor.scalar(0.1f))),
                g.chance(2),
                Dim.symbol(g.freshSymbol())));
    }

    private static void poolIndices(GraphGenerator g) {
        Value x = image(g);
        List<Long> two = List.of(2L, 2L);
        g.add(new PoolIndices(
                x,
                g.chance(2) ? two : List.of(3L, 2L),
                new Window(
                        g.chance(2) ? two : List.of(1L, 1L),
                        Collections.nCopies(4, g.chance(2) ? Dim.ZERO : Dim.ONE),
                        g.chance(3) ? two : List.of(1L, 1L)),
                g.chance(2),
                ChannelLayout.CHANNELS_FIRST,
                g.chance(2)));
    }

    private static void determinant(GraphGenerator g) {
        Dim n = g.chance(2) ? Dim.symbol("n") : Dim.of(1 + g.random.nextInt(4));
        g.add(new Determinant(
                g.input(ElementType.F32, g.shape(g.random.nextInt(2)).concat(Shape.of(n, n)))));
    }

    /** A small PNG, which loses nothing. */
    private static void imageDecode(GraphGenerator g) {
        BufferedImage picture =
                new BufferedImage(1 + g.random.nextInt(5), 1 + g.random.nextInt(5), BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 10; i++) {
            picture.setRGB(
                    g.random.nextInt(picture.getWidth()), g.random.nextInt(picture.getHeight()), g.random.nextInt());
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        g.add(new ImageDecode(
                g.constant(Tensor.of(ElementType.U8, bytes.toByteArray(), bytes.size())),
                g.pick(List.of(PixelFormat.values())),
                Dim.symbol(g.freshSymbol()),
                Dim.symbol(g.freshSymbol())));
    }
}
