package dev.lathe.ir.composite;

import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.OpProvider;
import java.util.List;

/** The composite ops of this package; a new one is added here. */
public final class BuiltInComposites implements OpProvider {
    @Override
    public List<Class<? extends CompositeOp>> ops() {
        return List.of(
                Dequantize.class,
                DynamicQuantize.class,
                FourierTransform.class,
                Fused.class,
                Gelu.class,
                IntegerMatMul.class,
                LayerNorm.class,
                Quantize.class,
                RotaryEmbedding.class,
                ScaledDotProductAttention.class,
                Softmax.class);
    }
}
