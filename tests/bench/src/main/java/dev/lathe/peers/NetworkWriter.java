package dev.lathe.peers;

import static dev.lathe.peers.Attributes.integer;
import static dev.lathe.peers.Attributes.real;

import com.google.protobuf.ByteString;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * Writes a network with the operators that PyTorch's exporter gives it, so that every runtime has what its own
 * optimizations look for. Weights are seeded random numbers that keep what flows through the network of one size.
 * Batch normalization that follows a convolution is part of its weights, as in an export for inference.
 */
final class NetworkWriter {
    private static final int OPSET = 17;
    private static final int IR_VERSION = 8;
    private static final float EPSILON = 1e-5f;

    /** A value with its number of channels. */
    record Feature(String name, int channels) {}

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("network");
    private final Random random = new Random(1);
    private int names;
    private long parameters;

    /** Parameters of the network as published, those of batch normalization that became part of others included. */
    long parameters() {
        return parameters;
    }

    /** Features without channels are indices. */
    void write(List<Feature> outputs, Path file) throws IOException {
        for (Feature output : outputs) {
            TensorProto.DataType element =
                    output.channels == 0 ? TensorProto.DataType.INT64 : TensorProto.DataType.FLOAT;
            graph.addOutput(ValueInfoProto.newBuilder().setName(output.name).setType(type(element)));
        }
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(graph)
                .build();
        Path part = Files.createTempFile(file.toAbsolutePath().getParent(), "network", ".part");
        try (OutputStream out = Files.newOutputStream(part)) {
            model.writeTo(out);
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    // What networks are made of.

    Feature image(String name, int channels, int size) {
        input(name, TensorProto.DataType.FLOAT, 1, channels, size, size);
        return new Feature(name, channels);
    }

    /** @param dims numbers, or names of sizes that are not known */
    void input(String name, TensorProto.DataType element, Object... dims) {
        graph.addInput(ValueInfoProto.newBuilder().setName(name).setType(type(element, dims)));
    }

    String node(String op, List<String> operands, AttributeProto... attributes) {
        return node(op, operands, 1, attributes).getFirst();
    }

    List<String> node(String op, List<String> operands, int results, AttributeProto... attributes) {
        List<String> made = LongStream.range(0, results)
                .mapToObj(_ -> op.toLowerCase(java.util.Locale.ROOT) + "_" + names++)
                .toList();
        graph.addNode(NodeProto.newBuilder()
                .setOpType(op)
                .addAllInput(operands)
                .addAllOutput(made)
                .addAllAttribute(List.of(attributes)));
        return made;
    }

    Feature map(String op, Feature x, AttributeProto... attributes) {
        return new Feature(node(op, List.of(x.name), attributes), x.channels);
    }

    Feature join(String op, Feature x, Feature y) {
        return new Feature(node(op, List.of(x.name, y.name)), x.channels);
    }

    /** A convolution and the batch normalization after it. */
    Feature conv(Feature x, int out, int kernel, int stride, int groups) {
        parameters += out;
        return biasedConv(x, out, kernel, stride, (kernel - 1) / 2, groups);
    }

    /** A convolution without bias, followed by other than batch normalization. */
    Feature unnormalizedConv(Feature x, int out, int kernel) {
        int in = x.channels;
        String w = weights(Math.sqrt(2.0 / (in * kernel * kernel)), out, in, kernel, kernel);
        int pad = (kernel - 1) / 2;
        String y = node(
                "Conv",
                List.of(x.name, w),
                Attributes.integers("kernel_shape", kernel, kernel),
                Attributes.integers("pads", pad, pad, pad, pad));
        return new Feature(y, out);
    }

    Feature biasedConv(Feature x, int out, int kernel, int stride, int pad, int groups) {
        return biasedConv(x, out, kernel, stride, pad, groups, 0);
    }

    /** As the other, with biases around {@code bias}. */
    Feature biasedConv(Feature x, int out, int kernel, int stride, int pad, int groups, float bias) {
        int in = x.channels / groups;
        String w = weights(Math.sqrt(2.0 / (in * kernel * kernel)), out, in, kernel, kernel);
        String b = weightsAround(bias, 0.01, out);
        String y = node(
                "Conv",
                List.of(x.name, w, b),
                Attributes.integers("kernel_shape", kernel, kernel),
                Attributes.integers("strides", stride, stride),
                Attributes.integers("pads", pad, pad, pad, pad),
                integer("group", groups));
        return new Feature(y, out);
    }

    /** A transposed convolution whose windows do not overlap. */
    Feature transposedConv(Feature x, int out, int kernel, int stride) {
        String w = weights(Math.sqrt(2.0 / x.channels), x.channels, out, kernel, kernel);
        String y = node(
                "ConvTranspose",
                List.of(x.name, w, weights(0.01, out)),
                Attributes.integers("kernel_shape", kernel, kernel),
                Attributes.integers("strides", stride, stride));
        return new Feature(y, out);
    }

    /** The mean number of a channel, where channels are shares, by a convolution. */
    Feature mean(Feature x) {
        float[] numbers = new float[x.channels];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = i;
        }
        parameters += numbers.length;
        return new Feature(node("Conv", List.of(x.name, values(numbers, 1, x.channels, 1, 1))), 1);
    }

    /** Batch normalization that no convolution can take in. */
    Feature batchNorm(Feature x) {
        int n = x.channels;
        String scale = ones(n);
        String shift = weights(0.01, n);
        String y = node(
                "BatchNormalization",
                List.of(x.name, scale, shift, statistics(0, n), statistics(1, n)),
                real("epsilon", EPSILON));
        return new Feature(y, n);
    }

    Feature pool(String op, Feature x, int kernel, int stride, int pad, boolean ceil) {
        return map(
                op,
                x,
                Attributes.integers("kernel_shape", kernel, kernel),
                Attributes.integers("strides", stride, stride),
                Attributes.integers("pads", pad, pad, pad, pad),
                integer("ceil_mode", ceil ? 1 : 0));
    }

    Feature concat(List<Feature> parts) {
        String y = node("Concat", parts.stream().map(Feature::name).toList(), integer("axis", 1));
        return new Feature(y, parts.stream().mapToInt(Feature::channels).sum());
    }

    /** A fully connected layer on {@code [1, channels]}. */
    Feature gemm(Feature x, int out) {
        String w = weights(1 / Math.sqrt(x.channels), out, x.channels);
        return new Feature(node("Gemm", List.of(x.name, w, weights(0.01, out)), integer("transB", 1)), out);
    }

    /** The mean of all pixels, and a fully connected layer: the end of a classifier. */
    Feature classify(Feature x) {
        return gemm(map("Flatten", map("GlobalAveragePool", x), integer("axis", 1)), 1000);
    }

    Feature clip(Feature x, float low, float high) {
        return new Feature(node("Clip", List.of(x.name, scalar(low), scalar(high))), x.channels);
    }

    Feature silu(Feature x) {
        return join("Mul", x, map("Sigmoid", x));
    }

    /** A fully connected layer on {@code [1, length, channels]}. */
    Feature linear(Feature x, int out) {
        return new Feature(node("Add", List.of(product(x, out).name, weights(0.01, out))), out);
    }

    /** The same without a bias. */
    Feature product(Feature x, int out) {
        return new Feature(node("MatMul", List.of(x.name, weights(1 / Math.sqrt(x.channels), x.channels, out))), out);
    }

    /** Channels times about {@code scale} each, and a bias. */
    Feature scaled(Feature x, float scale) {
        String product = node("Mul", List.of(x.name, weightsAround(scale, 0.01, x.channels)));
        return new Feature(node("Add", List.of(product, weights(0.01, x.channels))), x.channels);
    }

    /** By the root of the mean square. */
    Feature rmsNorm(Feature x) {
        String square = node("Pow", List.of(x.name, scalar(2)));
        String mean = node("ReduceMean", List.of(square), Attributes.integers("axes", -1), integer("keepdims", 1));
        String root = node("Sqrt", List.of(node("Add", List.of(mean, scalar(EPSILON)))));
        String normal = node("Mul", List.of(x.name, node("Reciprocal", List.of(root))));
        return new Feature(node("Mul", List.of(ones(x.channels), normal)), x.channels);
    }

    Feature layerNorm(Feature x) {
        String y = node(
                "LayerNormalization",
                List.of(x.name, ones(x.channels), weights(0.01, x.channels)),
                integer("axis", -1),
                real("epsilon", EPSILON));
        return new Feature(y, x.channels);
    }

    /** By the error function, as exporters wrote it before there was an operator. */
    Feature gelu(Feature x) {
        String erf = node("Erf", List.of(node("Div", List.of(x.name, scalar((float) Math.sqrt(2))))));
        String product = node("Mul", List.of(x.name, node("Add", List.of(erf, scalar(1)))));
        return new Feature(node("Mul", List.of(product, scalar(0.5f))), x.channels);
    }

    Feature transpose(Feature x, int... perm) {
        long[] axes = java.util.Arrays.stream(perm).asLongStream().toArray();
        return map("Transpose", x, Attributes.integers("perm", axes));
    }

    Feature reshape(Feature x, long... shape) {
        return new Feature(node("Reshape", List.of(x.name, integers(shape))), x.channels);
    }

    /** Attention of {@code heads} heads on {@code [1, length, channels]}, without its last layer. */
    Feature attention(Feature x, int length, int heads, String mask) {
        return attention(x, x, x, x.channels, length, heads, mask);
    }

    /** As the other, of {@code channels} channels, with queries, keys and values from each their own. */
    Feature attention(Feature queries, Feature keys, Feature values, int channels, int length, int heads, String mask) {
        int depth = channels / heads;
        Feature q = transpose(reshape(linear(queries, channels), 1, length, heads, depth), 0, 2, 1, 3);
        Feature k = transpose(reshape(linear(keys, channels), 1, length, heads, depth), 0, 2, 3, 1);
        Feature v = transpose(reshape(linear(values, channels), 1, length, heads, depth), 0, 2, 1, 3);
        String scores = node("MatMul", List.of(q.name, k.name));
        scores = node("Div", List.of(scores, scalar((float) Math.sqrt(depth))));
        if (!mask.isEmpty()) {
            scores = node("Add", List.of(scores, mask));
        }
        String shares = node("Softmax", List.of(scores), integer("axis", -1));
        Feature mixed = new Feature(node("MatMul", List.of(shares, v.name)), channels);
        return reshape(transpose(mixed, 0, 2, 1, 3), 1, length, channels);
    }

    // Constants.

    /** Parameters that are normally distributed. */
    String weights(double deviation, long... dims) {
        return weightsAround(0, deviation, dims);
    }

    private String weightsAround(double mean, double deviation, long... dims) {
        ByteBuffer bytes = floats(dims);
        while (bytes.hasRemaining()) {
            bytes.putFloat((float) (mean + deviation * random.nextGaussian()));
        }
        parameters += bytes.capacity() / Float.BYTES;
        return constant(bytes, dims);
    }

    private String ones(long n) {
        parameters += n;
        return statistics(1, n);
    }

    private String statistics(float value, long n) {
        ByteBuffer bytes = floats(n);
        while (bytes.hasRemaining()) {
            bytes.putFloat(value);
        }
        return constant(bytes, n);
    }

    String scalar(float value) {
        return constant(floats().putFloat(value));
    }

    /** Constants that are no parameters. */
    String values(float[] values, long... dims) {
        ByteBuffer bytes = floats(dims);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return constant(bytes, dims);
    }

    /** A vector of one. */
    String one(float value) {
        return values(new float[] {value}, 1);
    }

    String integers(long... values) {
        TensorProto.Builder t = TensorProto.newBuilder().setName("c" + names++).addDims(values.length);
        t.setDataType(TensorProto.DataType.INT64.getNumber());
        LongStream.of(values).forEach(t::addInt64Data);
        graph.addInitializer(t);
        return t.getName();
    }

    /** A scalar. */
    String index(long value) {
        TensorProto.Builder t = TensorProto.newBuilder().setName("c" + names++);
        t.setDataType(TensorProto.DataType.INT64.getNumber()).addInt64Data(value);
        graph.addInitializer(t);
        return t.getName();
    }

    private static ByteBuffer floats(long... dims) {
        long size = LongStream.of(dims).reduce(1, Math::multiplyExact);
        return ByteBuffer.allocate(Math.toIntExact(Float.BYTES * size)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private String constant(ByteBuffer bytes, long... dims) {
        TensorProto.Builder t = TensorProto.newBuilder().setName("w" + names++);
        LongStream.of(dims).forEach(t::addDims);
        t.setDataType(TensorProto.DataType.FLOAT.getNumber()).setRawData(ByteString.copyFrom(bytes.flip()));
        graph.addInitializer(t);
        return t.getName();
    }

    private static TypeProto type(TensorProto.DataType element, Object... dims) {
        TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder().setElemType(element.getNumber());
        if (dims.length > 0) {
            TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
            for (Object d : dims) {
                TensorShapeProto.Dimension.Builder dim = TensorShapeProto.Dimension.newBuilder();
                shape.addDim(d instanceof Integer n ? dim.setDimValue(n) : dim.setDimParam((String) d));
            }
            tensor.setShape(shape);
        }
        return TypeProto.newBuilder().setTensorType(tensor).build();
    }
}
