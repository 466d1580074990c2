package dev.lathe.frontend.onnx.ops.microsoft;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.nn.ActivationOps;
import dev.lathe.frontend.onnx.ops.nn.ContractionOps;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Products, convolutions and activations of the {@code com.microsoft} domain, which graph optimizers write. */
public final class MicrosoftOps {
    private MicrosoftOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.MICROSOFT + "FusedMatMul").since(1, MicrosoftOps::fusedMatMul);
        t.on(Domains.MICROSOFT + "FusedConv").since(1, MicrosoftOps::fusedConv);
        t.on(Domains.MICROSOFT + "NhwcFusedConv").since(1, MicrosoftOps::nhwcFusedConv);
        t.on(Domains.MICROSOFT + "TransposeMatMul").since(1, MicrosoftOps::fusedMatMul);
        t.on(Domains.MICROSOFT + "FusedGemm").since(1, MicrosoftOps::fusedGemm);
        t.on(Domains.MICROSOFT + "Gelu").since(1, n -> n.b.add(new Gelu(n.in(0), false)));
        t.on(Domains.MICROSOFT + "BiasGelu").since(1, n -> n.b.add(new Gelu(n.b.add(n.in(0), n.in(1)), false)));
        t.on(Domains.MICROSOFT + "FastGelu").since(1, n -> n.b.add(new Gelu(biased(n, n.in(0), 1), true)));
        t.on(Domains.MICROSOFT + "QuickGelu").since(1, n -> ActivationOps.swish(n.b, n.in(0), n.f("alpha", 1.702f)));
        t.on(Domains.MICROSOFT + "BiasSplitGelu").since(1, MicrosoftOps::biasSplitGelu);
    }

    /** The fault of a model that asks for what Lathe does not do. */
    static LatheException unsupported(String what, String fix) {
        return new LatheException(Diagnostic.error("onnx.unsupported", what, fix));
    }

    /** {@code x} plus operand {@code i}, where that is present. */
    static Value biased(OnnxNode n, Value x, int i) {
        return n.opt(i).map(v -> n.b.add(x, v)).orElse(x);
    }

    private static Value fusedMatMul(OnnxNode n) {
        Value x = turned(n, n.in(0), n.flag("transA", false), n.flag("transBatchA", false));
        Value y = turned(n, n.in(1), n.flag("transB", false), n.flag("transBatchB", false));
        Value product = n.b.matMul(x, y);
        float alpha = n.f("alpha", 1);
        return alpha == 1 ? product : n.b.multiply(product, n.b.scalar(product, alpha));
    }

    /** The first axis moved behind the batch axes if {@code batch}, then the last two exchanged if {@code matrix}. */
    private static Value turned(OnnxNode n, Value x, boolean matrix, boolean batch) {
        int rank = x.tensorType().rank();
        if (rank < 2) {
            return x;
        }
        List<Integer> perm = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            perm.add(i);
        }
        if (batch) {
            perm.add(rank - 2, perm.removeFirst());
        }
        if (matrix) {
            perm.add(rank - 2, perm.removeLast());
        }
        return n.b.transpose(x, perm);
    }

    static Value fusedConv(OnnxNode n) {
        Value y = biased(n, ContractionOps.conv(n), 3);
        List<Float> p = n.floats("activation_params").orElse(List.of());
        return activated(n, y, !p.isEmpty() ? p.get(0) : Float.NaN, p.size() > 1 ? p.get(1) : Float.NaN);
    }

    /** As {@link #fusedConv}, of images with the channels last. */
    private static Value nhwcFusedConv(OnnxNode n) {
        OnnxNode first = n.with(0, n.b.transpose(n.in(0), List.of(0, 3, 1, 2)));
        if (n.opt(3).isPresent()) {
            first = first.with(3, n.b.transpose(n.in(3), List.of(0, 3, 1, 2)));
        }
        return n.b.transpose(fusedConv(first), List.of(0, 2, 3, 1));
    }

    private static Value fusedGemm(OnnxNode n) {
        return activated(
                n, ContractionOps.gemm(n), n.f("activation_alpha", Float.NaN), n.f("activation_beta", Float.NaN));
    }

    private static float or(float given, float otherwise) {
        return Float.isNaN(given) ? otherwise : given;
    }

    /** The function that the node's attribute names, with up to two parameters; NaN stands for their defaults. */
    private static Value activated(OnnxNode n, Value x, float first, float second) {
        Builder b = n.b;
        String name = n.s("activation", "");
        return switch (name) {
            case "" -> x;
            case "Relu" -> b.relu(x);
            case "Tanh" -> b.unary(UnaryFunction.TANH, x);
            case "Sigmoid" -> b.unary(UnaryFunction.SIGMOID, x);
            case "LeakyRelu" -> ActivationOps.leakyRelu(b, x, or(first, 0.01f));
            case "Clip" -> {
                Value low = b.scalar(x, or(first, -Float.MAX_VALUE));
                yield b.min(b.max(x, low), b.scalar(x, or(second, Float.MAX_VALUE)));
            }
            case "HardSigmoid" -> ActivationOps.hardSigmoid(b, x, or(first, 0.2f), or(second, 0.5f));
            default ->
                throw unsupported(
                        "the fused activation \"" + name + "\" is not known",
                        "optimize the model without the fusion of activations, at level \"basic\"");
        };
    }

    /** The first half of the biased channels, times the Gelu of the second. */
    private static Value biasSplitGelu(OnnxNode n) {
        Value x = n.b.add(n.in(0), n.in(1));
        int axis = n.rank(0) - 1;
        Dim half = n.shape(0).dim(axis).floorDiv(2);
        Value gate = n.b.add(new Gelu(n.b.slice(x, axis, half, half), false));
        return n.b.multiply(n.b.slice(x, axis, Dim.ZERO, half), gate);
    }

    /** {@code x} as i64. */
    static Value longs(Builder b, Value x) {
        return b.cast(x, ElementType.I64);
    }
}
