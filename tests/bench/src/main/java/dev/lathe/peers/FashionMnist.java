package dev.lathe.peers;

import dev.lathe.OptimizedModel;
import dev.lathe.backend.CompileOptions;
import dev.lathe.compress.Dataset;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.CacheFolder;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.zip.GZIPInputStream;

/** Fashion-MNIST (Xiao et al. 2017) as Debian's package {@code dataset-fashion-mnist} has it, and a network for it. */
final class FashionMnist {
    static final int CLASSES = 10;
    static final double RATE = 0.004;
    private static final int STEPS = 3000;
    private static final int SIDE = 28;
    private static final String INPUT = "image";

    private FashionMnist() {}

    /**
     * Images of grey pixels with their classes.
     *
     * @param pixels {@code [count, rows, columns]}, 0 to 255
     */
    record Images(int count, int rows, int columns, byte[] pixels, byte[] labels) {
        /** From 0 to 1. */
        float pixel(int image, int row, int column) {
            return (pixels[(image * rows + row) * columns + column] & 0xff) / 255f;
        }

        int label(int image) {
            return labels[image];
        }

        /** {@code size} images a call, from {@code first} on. */
        Dataset calls(int first, int calls, int size) {
            return Dataset.of(calls, i -> Map.of(INPUT, batch(first + i * size, size)), i -> {
                long[] right = new long[size];
                for (int j = 0; j < size; j++) {
                    right[j] = label(first + i * size + j);
                }
                return Optional.of(Tensor.of(right, size));
            });
        }

        private Tensor batch(int first, int size) {
            float[] x = new float[size * rows * columns];
            for (int i = 0; i < x.length; i++) {
                x[i] = (pixels[first * rows * columns + i] & 0xff) / 255f;
            }
            return Tensor.of(x, size, 1, rows, columns);
        }
    }

    /**
     * The images of a folder.
     *
     * @param set {@code train} or {@code t10k}
     */
    static Images read(Path folder, String set) {
        try (DataInputStream x = open(folder.resolve(set + "-images-idx3-ubyte.gz"));
                DataInputStream y = open(folder.resolve(set + "-labels-idx1-ubyte.gz"))) {
            x.readInt();
            int count = x.readInt();
            int rows = x.readInt();
            int columns = x.readInt();
            y.readInt();
            y.readInt();
            byte[] pixels = x.readNBytes(count * rows * columns);
            return new Images(count, rows, columns, pixels, y.readNBytes(count));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read Fashion-MNIST; apt install dataset-fashion-mnist", e);
        }
    }

    private static DataInputStream open(Path file) throws IOException {
        return new DataInputStream(new GZIPInputStream(Files.newInputStream(file)));
    }

    /** A residual network (He et al. 2015) of seven convolutions without normalizations, with random weights. */
    static Graph untrained() {
        Builder b = Builder.graph("fashion_resnet");
        Random random = new Random(1);
        Value x = b.input(
                INPUT,
                new TensorType(
                        ElementType.F32, Shape.of(List.of(Dim.symbol("batch"), Dim.ONE, Dim.of(SIDE), Dim.of(SIDE)))));
        x = b.relu(conv(b, random, "stem", x, 16, 3, 2, 1));
        int[] widths = {16, 24, 48};
        for (int i = 0; i < widths.length; i++) {
            String name = "block" + (i + 1);
            int stride = i == 0 ? 1 : 2;
            Value y = b.relu(conv(b, random, name + "_first", x, widths[i], 3, stride, 1));
            y = conv(b, random, name + "_second", y, widths[i], 3, 1, 0.3);
            Value shortcut = i == 0 ? x : conv(b, random, name + "_shortcut", x, widths[i], 1, stride, 1);
            x = b.relu(b.add(y, shortcut));
        }
        int channels = widths[widths.length - 1];
        Value places = b.reshape(x, Shape.of(List.of(x.tensorType().dim(0), Dim.of(channels), Dim.of(16))));
        Value mean = b.reduce(ReduceFunction.REDUCE_MEAN, places, List.of(2), false);
        Value dense = b.constant(random(random, Math.sqrt(1.0 / channels), channels, CLASSES), "dense_weight");
        Value bias = b.constant(Tensor.zeros(ElementType.F32, CLASSES), "dense_bias");
        return b.build(List.of(b.add(b.matMul(mean, dense), bias)), List.of("logits"));
    }

    private static Value conv(
            Builder b, Random random, String name, Value x, int out, int kernel, int stride, double gain) {
        int in = Math.toIntExact(x.tensorType().dim(1).constant());
        double deviation = gain * Math.sqrt(2.0 / (in * kernel * kernel));
        Value weights = b.constant(random(random, deviation, out, in, kernel, kernel), name + "_weight");
        Value bias = b.constant(Tensor.zeros(ElementType.F32, 1, out, 1, 1), name + "_bias");
        List<Dim> pads = Collections.nCopies(4, Dim.of(kernel / 2));
        Window window = new Window(List.of((long) stride, (long) stride), pads, List.of(1L, 1L));
        return b.add(b.add(new Conv(x, weights, window, 1, ChannelLayout.CHANNELS_FIRST)), bias);
    }

    private static Tensor random(Random random, double deviation, long... dims) {
        int size = 1;
        for (long d : dims) {
            size *= Math.toIntExact(d);
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return Tensor.of(values, dims);
    }

    /** The network's file, which is trained and written the first time: a quarter of an hour of one processor. */
    static Path file(Images train) throws IOException {
        Path file = CacheFolder.root().resolve("networks").resolve("fashion_resnet.onnx");
        if (!Files.exists(file)) {
            Files.createDirectories(CacheFolder.root().resolve("networks"));
            Graph start =
                    OptimizedModel.of(untrained(), CompileOptions.standard()).graph();
            Graph trained = new Trainer(train, CLASSES).train(start, STEPS, RATE, false);
            OptimizedModel.of(trained, CompileOptions.standard()).writeOnnx(file, OptionalInt.empty());
        }
        return file;
    }
}
