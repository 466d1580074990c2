package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.write.Attributes;
import dev.lathe.frontend.onnx.write.Exports;
import dev.lathe.frontend.onnx.write.OpWriter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Matrix products and convolutions in ONNX. */
public final class ContractionExports {
    private ContractionExports() {}

    public static void addTo(Exports t) {
        t.on(MatMul.class, ContractionExports::matMul);
        t.on(Conv.class, (op, g) -> conv(op, g, Optional.empty()));
        t.on(ConvTranspose.class, (op, g) -> convTranspose(op, g, Optional.empty()));
        t.also(Binary.class, ContractionExports::biased);
    }

    /** Products of small integers wrap around: they are those of wide ones, cut off. */
    private static List<String> matMul(MatMul op, OpWriter g) {
        ElementType element = op.x().tensorType().element();
        if (!element.isInteger() || element.bits() >= 32) {
            return g.result("MatMul", List.of(g.name(op.x()), g.name(op.y())));
        }
        AttributeProto wide = Attributes.i("to", ElementTypes.number(ElementType.I32));
        String product = g.add(
                "MatMul",
                List.of(g.add("Cast", List.of(g.name(op.x())), wide), g.add("Cast", List.of(g.name(op.y())), wide)));
        return g.result("Cast", List.of(product), Attributes.i("to", ElementTypes.number(element)));
    }

    /** Sums of integers are exact in doubles. */
    private static List<String> integerConv(Conv op, OpWriter g) {
        AttributeProto wide = Attributes.i("to", ElementTypes.number(ElementType.F64));
        String x = g.add("Cast", List.of(g.name(op.x())), wide);
        String w = g.add("Cast", List.of(g.name(op.weights())), wide);
        String y = g.add(
                "Conv",
                List.of(x, w),
                Attributes.ints("strides", op.strides()),
                Attributes.ints("pads", constants(op.pads())),
                Attributes.ints("dilations", op.dilations()),
                Attributes.i("group", op.groups()));
        return g.result(
                "Cast",
                List.of(y),
                Attributes.i("to", ElementTypes.number(op.x().tensorType().element())));
    }

    private static List<String> conv(Conv op, OpWriter g, Optional<Tensor> bias) {
        if (op.x().tensorType().element().isInteger() && op.layout() == ChannelLayout.CHANNELS_FIRST) {
            return integerConv(op, g);
        }
        return window(op.x(), op.layout(), g, x -> {
            boolean constant = op.pads().stream().allMatch(Dim::isConstant);
            String padded = constant ? x : padded(g, op.x(), x, op.pads());
            return new Written(
                    "Conv",
                    inputs(g, padded, op.weights(), bias),
                    Attributes.ints("kernel_shape", op.kernel()),
                    Attributes.ints("strides", op.strides()),
                    Attributes.ints(
                            "pads",
                            constant
                                    ? constants(op.pads())
                                    : Collections.nCopies(op.pads().size(), 0)),
                    Attributes.ints("dilations", op.dilations()),
                    Attributes.i("group", op.groups()));
        });
    }

    private static List<String> convTranspose(ConvTranspose op, OpWriter g, Optional<Tensor> bias) {
        return window(
                op.x(),
                op.layout(),
                g,
                x -> new Written(
                        "ConvTranspose",
                        inputs(g, x, op.weights(), bias),
                        Attributes.ints("kernel_shape", op.kernel()),
                        Attributes.ints("strides", op.strides()),
                        Attributes.ints("pads", constants(op.pads())),
                        Attributes.ints("output_padding", op.outputPadding()),
                        Attributes.ints("dilations", op.dilations()),
                        Attributes.i("group", op.groups())));
    }

    /**
     * A convolution and the addition of a number for each channel after it, as the one operator that ONNX has for
     * both; empty where {@code op} is none.
     */
    private static Optional<List<String>> biased(Binary op, OpWriter g) {
        if (op.function() != BinaryFunction.ADD) {
            return Optional.empty();
        }
        return biased(g, op.x(), op.y()).or(() -> biased(g, op.y(), op.x()));
    }

    private static Optional<List<String>> biased(OpWriter g, Value product, Value addend) {
        Op op = g.definition(product);
        boolean takesBias = op instanceof Conv c
                        && c.layout() == ChannelLayout.CHANNELS_FIRST
                        && c.pads().stream().allMatch(Dim::isConstant)
                || op instanceof ConvTranspose t && t.layout() == ChannelLayout.CHANNELS_FIRST;
        TensorType type = product.tensorType();
        Tensor known = g.constant(addend).orElse(null);
        Dim channels = type.rank() < 2 ? Dim.ZERO : type.dim(1);
        if (!takesBias || !type.element().isFloat() || known == null || !isPerChannel(known, type.rank(), channels)) {
            return Optional.empty();
        }
        Optional<Tensor> bias = Optional.of(known.reshape(known.size()));
        if (op instanceof Conv c) {
            return Optional.of(conv(c, g, bias));
        }
        return op instanceof ConvTranspose t ? Optional.of(convTranspose(t, g, bias)) : Optional.empty();
    }

    /**
     * Whether {@code t}, with the last axes under those of a tensor of {@code rank}, has one number for each channel.
     */
    private static boolean isPerChannel(Tensor t, int rank, Dim channels) {
        int axis = t.rank() - rank + 1;
        return t.rank() <= rank && axis >= 0 && channels.isConstant(t.size()) && t.dim(axis) == t.size();
    }

    private static List<String> inputs(OpWriter g, String x, Value weights, Optional<Tensor> bias) {
        List<String> inputs = new ArrayList<>(List.of(x, g.name(weights)));
        bias.ifPresent(b -> inputs.add(g.constant(b, "")));
        return inputs;
    }

    static List<Long> constants(List<Dim> pads) {
        if (!pads.stream().allMatch(Dim::isConstant)) {
            throw OpWriter.failure(
                    "the padding " + pads + " depends on the inputs", "fix the shapes of the inputs before the export");
        }
        return pads.stream().map(Dim::constant).toList();
    }

    /** An operator that is about to be written. */
    record Written(String type, List<String> inputs, AttributeProto... attributes) {}

    /** Writes an operator over windows; ONNX has the channels first. */
    static List<String> window(Value x, ChannelLayout layout, OpWriter g, Function<String, Written> f) {
        if (layout == ChannelLayout.CHANNELS_FIRST) {
            Written w = f.apply(g.name(x));
            return g.result(w.type, w.inputs, w.attributes);
        }
        int rank = x.tensorType().rank();
        List<Integer> first = new ArrayList<>(List.of(0, rank - 1));
        List<Integer> last = new ArrayList<>(List.of(0));
        for (int i = 1; i < rank - 1; i++) {
            first.add(i);
            last.add(i + 1);
        }
        last.add(1);
        Written w = f.apply(g.add("Transpose", List.of(g.name(x)), Attributes.ints("perm", first)));
        return g.result("Transpose", List.of(g.add(w.type, w.inputs, w.attributes)), Attributes.ints("perm", last));
    }

    private static String padded(OpWriter g, Value like, String x, List<Dim> pads) {
        return padded(g, x, pads, Tensor.zeros(like.tensorType().element()));
    }

    /** {@code x}, channels first, with {@code value} around it; the pads of its spatial axes depend on the inputs. */
    static String padded(OpWriter g, String x, List<Dim> pads, Tensor value) {
        int spatial = pads.size() / 2;
        List<Dim> all = new ArrayList<>(Collections.nCopies(2 * (spatial + 2), Dim.ZERO));
        for (int i = 0; i < spatial; i++) {
            all.set(2 + i, pads.get(i));
            all.set(spatial + 4 + i, pads.get(spatial + i));
        }
        return g.add("Pad", List.of(x, g.dims(all), g.constant(value, "")));
    }
}
