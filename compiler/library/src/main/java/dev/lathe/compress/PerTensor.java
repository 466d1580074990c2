package dev.lathe.compress;

import dev.lathe.passes.Pass;
import dev.lathe.passes.quantize.QuantizeWeights;
import dev.lathe.passes.quantize.Rounding;
import java.util.List;

/** Weights of 8 bits with one scale for each layer, which loses more than one for each channel. */
record PerTensor() implements Strategy {
    static final String WORDS = "int8/tensor";

    @Override
    public List<Pass> passes() {
        QuantizeWeights standard = new QuantizeWeights();
        return List.of(new QuantizeWeights(Byte.SIZE, 0, true, standard.tables(), standard.least(), Rounding.NEAREST));
    }

    @Override
    public String words() {
        return WORDS;
    }
}
