package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.ir.Graph;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.peers.NetworkWriter.Feature;
import dev.lathe.runtime.CacheFolder;
import dev.lathe.runtime.input.SymbolSizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Known architectures with random weights, which nobody tuned for. Each has exactly as many parameters as was published
 * of it, and about as many multiply-adds; where none were published, as many as follow from its layers.
 */
enum Network {
    RESNET_18(11_689_512, 1_814, w -> resNet(w, false, 2, 2, 2, 2)),
    RESNET_50(25_557_032, 4_089, w -> resNet(w, true, 3, 4, 6, 3)),
    MOBILENET_V2(3_504_872, 301, Network::mobileNetV2),
    MOBILENET_V3(5_483_032, 217, Network::mobileNetV3),
    EFFICIENTNET_B0(5_288_548, 386, Network::efficientNet),
    DENSENET_121(7_978_856, 2_834, Network::denseNet),
    SQUEEZENET(1_235_496, 349, Network::squeezeNet),
    SHUFFLENET_V2(2_278_604, 145, Network::shuffleNet),
    CONVNEXT_TINY(28_589_128, 4_456, Network::convNext),
    VIT_B16(86_567_656, 17_564, Network::vit),
    BERT_BASE(108_891_648, 11_250, TextNetworks::bert, TextNetworks::text),
    MOBILEBERT(24_581_888, 2_850, TextNetworks::mobileBert, TextNetworks::text),
    SMOLLM_135M(134_515_008, 135, TextNetworks::decoder, TextNetworks::word),
    UNET(
            7_763_041,
            12_071,
            w -> PictureNetworks.uNet(w, Network.IMAGE),
            random -> image(random, PictureNetworks.SEGMENTED)),
    YOLOV8N(
            3_157_200,
            4_350,
            w -> PictureNetworks.yolo(w, Network.IMAGE),
            random -> image(random, PictureNetworks.DETECTED));

    private static final int SIZE = 224;
    private static final String IMAGE = "image";

    /** Where what is published and what is counted here may differ: in arithmetic that is not in products. */
    private static final double TOLERANCE = 0.05;

    private final long parameters;
    private final int millionMultiplyAdds;
    private final Function<NetworkWriter, List<Feature>> write;
    private final Function<Random, Map<String, Tensor>> inputs;

    /** A classifier of images. */
    Network(long parameters, int millionMultiplyAdds, Function<NetworkWriter, Feature> write) {
        this(parameters, millionMultiplyAdds, w -> List.of(write.apply(w)), random -> image(random, SIZE));
    }

    Network(
            long parameters,
            int millionMultiplyAdds,
            Function<NetworkWriter, List<Feature>> write,
            Function<Random, Map<String, Tensor>> inputs) {
        this.parameters = parameters;
        this.millionMultiplyAdds = millionMultiplyAdds;
        this.write = write;
        this.inputs = inputs;
    }

    /** Its file, which is written the first time. */
    Path file() throws IOException {
        Path folder = CacheFolder.root().resolve("networks");
        Path file = folder.resolve(name().toLowerCase(java.util.Locale.ROOT) + ".onnx");
        if (!Files.exists(file)) {
            Files.createDirectories(folder);
            NetworkWriter writer = new NetworkWriter();
            List<Feature> outputs = write.apply(writer);
            if (writer.parameters() != parameters) {
                throw new IllegalStateException(
                        this + " has " + writer.parameters() + " parameters and not " + parameters);
            }
            writer.write(outputs, file);
            double counted = millionMultiplyAdds(file);
            if (Math.abs(counted / millionMultiplyAdds - 1) > TOLERANCE) {
                Files.delete(file);
                throw new IllegalStateException(
                        this + " has " + counted + " million multiply-adds and not " + millionMultiplyAdds);
            }
        }
        return file;
    }

    private double millionMultiplyAdds(Path file) {
        Graph graph = Lathe.read(file, Map.of());
        SymbolSizes sizes = SymbolSizes.of(graph.inputPorts(), inputs(0), Map.of());
        return new GraphCost(sizes::size).flops(graph) / 2e6;
    }

    /** An image of noise, or a text of random words; others for each {@code seed}. */
    Map<String, Tensor> inputs(int seed) {
        return inputs.apply(new Random(seed));
    }

    private static Map<String, Tensor> image(Random random, int size) {
        float[] pixels = new float[3 * size * size];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        return Map.of(IMAGE, Tensor.of(pixels, 1, 3, size, size));
    }

    // He et al. 2015.
    private static Feature resNet(NetworkWriter w, boolean bottleneck, int... depths) {
        Feature x = w.map("Relu", w.conv(w.image(IMAGE, 3, SIZE), 64, 7, 2, 1));
        x = w.pool("MaxPool", x, 3, 2, 1, false);
        for (int stage = 0; stage < depths.length; stage++) {
            int width = 64 << stage;
            int out = bottleneck ? 4 * width : width;
            for (int i = 0; i < depths[stage]; i++) {
                int stride = i == 0 && stage > 0 ? 2 : 1;
                Feature y;
                if (bottleneck) {
                    y = w.map("Relu", w.conv(x, width, 1, 1, 1));
                    y = w.map("Relu", w.conv(y, width, 3, stride, 1));
                    y = w.conv(y, out, 1, 1, 1);
                } else {
                    y = w.map("Relu", w.conv(x, width, 3, stride, 1));
                    y = w.conv(y, out, 3, 1, 1);
                }
                Feature shortcut = stride > 1 || x.channels() != out ? w.conv(x, out, 1, stride, 1) : x;
                x = w.map("Relu", w.join("Add", y, shortcut));
            }
        }
        return w.classify(x);
    }

    // Sandler et al. 2018.
    private static Feature mobileNetV2(NetworkWriter w) {
        UnaryOperator<Feature> relu6 = x -> w.clip(x, 0, 6);
        Feature x = relu6.apply(w.conv(w.image(IMAGE, 3, SIZE), 32, 3, 2, 1));
        int[][] stages = {
            {1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}
        };
        for (int[] s : stages) {
            for (int i = 0; i < s[2]; i++) {
                int stride = i == 0 ? s[3] : 1;
                Feature y = s[0] == 1 ? x : relu6.apply(w.conv(x, s[0] * x.channels(), 1, 1, 1));
                y = relu6.apply(w.conv(y, y.channels(), 3, stride, y.channels()));
                y = w.conv(y, s[1], 1, 1, 1);
                x = stride == 1 && x.channels() == s[1] ? w.join("Add", x, y) : y;
            }
        }
        return w.classify(relu6.apply(w.conv(x, 1280, 1, 1, 1)));
    }

    // Howard et al. 2019, the large one.
    private static Feature mobileNetV3(NetworkWriter w) {
        Feature x = w.map("HardSwish", w.conv(w.image(IMAGE, 3, SIZE), 16, 3, 2, 1));
        // Kernel, channels inside, channels, squeeze and excite, hard swish, stride.
        int[][] blocks = {
            {3, 16, 16, 0, 0, 1}, {3, 64, 24, 0, 0, 2}, {3, 72, 24, 0, 0, 1}, {5, 72, 40, 1, 0, 2},
            {5, 120, 40, 1, 0, 1}, {5, 120, 40, 1, 0, 1}, {3, 240, 80, 0, 1, 2}, {3, 200, 80, 0, 1, 1},
            {3, 184, 80, 0, 1, 1}, {3, 184, 80, 0, 1, 1}, {3, 480, 112, 1, 1, 1}, {3, 672, 112, 1, 1, 1},
            {5, 672, 160, 1, 1, 2}, {5, 960, 160, 1, 1, 1}, {5, 960, 160, 1, 1, 1}
        };
        for (int[] b : blocks) {
            String activation = b[4] == 1 ? "HardSwish" : "Relu";
            Feature y = b[1] == x.channels() ? x : w.map(activation, w.conv(x, b[1], 1, 1, 1));
            y = w.map(activation, w.conv(y, b[1], b[0], b[5], b[1]));
            if (b[3] == 1) {
                int few = eighths(b[1] / 4);
                Feature s = w.map("Relu", w.biasedConv(w.map("GlobalAveragePool", y), few, 1, 1, 0, 1));
                s = w.biasedConv(s, b[1], 1, 1, 0, 1);
                y = w.join("Mul", y, w.map("HardSigmoid", s, Attributes.real("alpha", 1 / 6f)));
            }
            y = w.conv(y, b[2], 1, 1, 1);
            x = b[5] == 1 && x.channels() == b[2] ? w.join("Add", x, y) : y;
        }
        x = w.map("HardSwish", w.conv(x, 960, 1, 1, 1));
        x = w.map("Flatten", w.map("GlobalAveragePool", x), Attributes.integer("axis", 1));
        return w.gemm(w.map("HardSwish", w.gemm(x, 1280)), 1000);
    }

    /** A multiple of eight that is not much less. */
    private static int eighths(int channels) {
        int near = Math.max(8, (channels + 4) / 8 * 8);
        return near < 0.9 * channels ? near + 8 : near;
    }

    // Tan and Le 2019.
    private static Feature efficientNet(NetworkWriter w) {
        Feature x = w.silu(w.conv(w.image(IMAGE, 3, SIZE), 32, 3, 2, 1));
        // How many times wider inside, kernel, stride, channels, blocks.
        int[][] stages = {
            {1, 3, 1, 16, 1},
            {6, 3, 2, 24, 2},
            {6, 5, 2, 40, 2},
            {6, 3, 2, 80, 3},
            {6, 5, 1, 112, 3},
            {6, 5, 2, 192, 4},
            {6, 3, 1, 320, 1}
        };
        for (int[] s : stages) {
            for (int i = 0; i < s[4]; i++) {
                int stride = i == 0 ? s[2] : 1;
                int inside = s[0] * x.channels();
                Feature y = s[0] == 1 ? x : w.silu(w.conv(x, inside, 1, 1, 1));
                y = w.silu(w.conv(y, inside, s[1], stride, inside));
                Feature e = w.silu(w.biasedConv(w.map("GlobalAveragePool", y), x.channels() / 4, 1, 1, 0, 1));
                y = w.join("Mul", w.map("Sigmoid", w.biasedConv(e, inside, 1, 1, 0, 1)), y);
                y = w.conv(y, s[3], 1, 1, 1);
                x = stride == 1 && x.channels() == s[3] ? w.join("Add", y, x) : y;
            }
        }
        return w.classify(w.silu(w.conv(x, 1280, 1, 1, 1)));
    }

    // Huang et al. 2017.
    private static Feature denseNet(NetworkWriter w) {
        Feature x = w.map("Relu", w.conv(w.image(IMAGE, 3, SIZE), 64, 7, 2, 1));
        x = w.pool("MaxPool", x, 3, 2, 1, false);
        int[] depths = {6, 12, 24, 16};
        for (int stage = 0; stage < depths.length; stage++) {
            List<Feature> all = new ArrayList<>(List.of(x));
            for (int i = 0; i < depths[stage]; i++) {
                Feature joined = all.size() == 1 ? x : w.concat(all);
                Feature y = w.map("Relu", w.conv(w.map("Relu", w.batchNorm(joined)), 128, 1, 1, 1));
                all.add(w.unnormalizedConv(y, 32, 3));
            }
            x = w.map("Relu", w.batchNorm(w.concat(all)));
            if (stage < depths.length - 1) {
                x = w.unnormalizedConv(x, x.channels() / 2, 1);
                x = w.pool("AveragePool", x, 2, 2, 0, false);
            }
        }
        return w.classify(x);
    }

    // Iandola et al. 2016, version 1.1.
    private static Feature squeezeNet(NetworkWriter w) {
        Feature x = w.map("Relu", w.biasedConv(w.image(IMAGE, 3, SIZE), 64, 3, 2, 0, 1));
        int[] few = {16, 16, 32, 32, 48, 48, 64, 64};
        for (int i = 0; i < few.length; i++) {
            if (i == 0 || i == 2 || i == 4) {
                x = w.pool("MaxPool", x, 3, 2, 0, true);
            }
            Feature s = w.map("Relu", w.biasedConv(x, few[i], 1, 1, 0, 1));
            Feature one = w.map("Relu", w.biasedConv(s, 4 * few[i], 1, 1, 0, 1));
            Feature three = w.map("Relu", w.biasedConv(s, 4 * few[i], 3, 1, 1, 1));
            x = w.concat(List.of(one, three));
        }
        x = w.map("GlobalAveragePool", w.map("Relu", w.biasedConv(x, 1000, 1, 1, 0, 1)));
        return w.map("Flatten", x, Attributes.integer("axis", 1));
    }

    // Ma et al. 2018, as wide as 1.0.
    private static Feature shuffleNet(NetworkWriter w) {
        Feature x = w.map("Relu", w.conv(w.image(IMAGE, 3, SIZE), 24, 3, 2, 1));
        x = w.pool("MaxPool", x, 3, 2, 1, false);
        int[][] stages = {{116, 4}, {232, 8}, {464, 4}};
        int size = SIZE / 8;
        for (int[] s : stages) {
            int half = s[0] / 2;
            for (int i = 0; i < s[1]; i++) {
                Feature left;
                Feature right;
                if (i == 0) {
                    left = w.conv(w.conv(x, x.channels(), 3, 2, x.channels()), half, 1, 1, 1);
                    left = w.map("Relu", left);
                    right = x;
                } else {
                    List<String> halves = w.node(
                            "Split", List.of(x.name(), w.integers(half, half)), 2, Attributes.integer("axis", 1));
                    left = new Feature(halves.get(0), half);
                    right = new Feature(halves.get(1), half);
                }
                right = w.map("Relu", w.conv(right, half, 1, 1, 1));
                right = w.conv(right, half, 3, i == 0 ? 2 : 1, half);
                right = w.map("Relu", w.conv(right, half, 1, 1, 1));
                Feature both = w.concat(List.of(left, right));
                both = w.transpose(w.reshape(both, 1, 2, half, size, size), 0, 2, 1, 3, 4);
                x = w.reshape(both, 1, s[0], size, size);
            }
            size /= 2;
        }
        return w.classify(w.map("Relu", w.conv(x, 1024, 1, 1, 1)));
    }

    // Liu et al. 2022.
    private static Feature convNext(NetworkWriter w) {
        int[] depths = {3, 3, 9, 3};
        Feature x = w.image(IMAGE, 3, SIZE);
        for (int stage = 0; stage < depths.length; stage++) {
            int width = 96 << stage;
            if (stage == 0) {
                x = w.biasedConv(x, width, 4, 4, 0, 1);
                x = w.transpose(w.layerNorm(w.transpose(x, 0, 2, 3, 1)), 0, 3, 1, 2);
            } else {
                x = w.transpose(w.layerNorm(w.transpose(x, 0, 2, 3, 1)), 0, 3, 1, 2);
                x = w.biasedConv(x, width, 2, 2, 0, 1);
            }
            for (int i = 0; i < depths[stage]; i++) {
                Feature y = w.transpose(w.biasedConv(x, width, 7, 1, 3, width), 0, 2, 3, 1);
                y = w.linear(w.gelu(w.linear(w.layerNorm(y), 4 * width)), width);
                y = w.transpose(y, 0, 3, 1, 2);
                y = new Feature(w.node("Mul", List.of(w.weights(0.1, width, 1, 1), y.name())), width);
                x = w.join("Add", y, x);
            }
        }
        x = w.transpose(w.map("GlobalAveragePool", x), 0, 2, 3, 1);
        x = w.reshape(w.layerNorm(x), 1, x.channels());
        return w.gemm(x, 1000);
    }

    // Dosovitskiy et al. 2021.
    private static Feature vit(NetworkWriter w) {
        int width = 768;
        int length = SIZE / 16 * (SIZE / 16) + 1;
        Feature x = w.biasedConv(w.image(IMAGE, 3, SIZE), width, 16, 16, 0, 1);
        x = w.transpose(w.reshape(x, 1, width, length - 1), 0, 2, 1);
        String all = w.node("Concat", List.of(w.weights(0.1, 1, 1, width), x.name()), Attributes.integer("axis", 1));
        x = new Feature(w.node("Add", List.of(all, w.weights(0.1, 1, length, width))), width);
        for (int i = 0; i < 12; i++) {
            x = w.join("Add", w.linear(w.attention(w.layerNorm(x), length, 12, ""), width), x);
            x = w.join("Add", x, w.linear(w.gelu(w.linear(w.layerNorm(x), 4 * width)), width));
        }
        String first = w.node("Gather", List.of(w.layerNorm(x).name(), w.index(0)), Attributes.integer("axis", 1));
        return w.gemm(new Feature(first, width), 1000);
    }
}
