package dev.lathe.compress;

import dev.lathe.passes.Pass;
import dev.lathe.passes.quantize.ConvertWeights;
import dev.lathe.passes.quantize.QuantizeDynamic;
import dev.lathe.passes.quantize.QuantizeStatic;
import dev.lathe.passes.quantize.QuantizeWeights;
import dev.lathe.passes.quantize.Ranges;
import dev.lathe.passes.quantize.Rounding;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How numbers are stored and computed in fewer bits.
 *
 * @param mode what is changed
 * @param bits of the weights of products, where only weights are changed: 8 or 4
 * @param block how many weights of a column share a scale, where only weights are changed; 0 for all
 * @param ranges how the ranges of operands are chosen, where they come from data
 * @param signed whether operands whose ranges come from data become i8, and not u8
 * @param cures what recovers what is lost; at most one of those that round weights
 */
public record Quantization(Mode mode, int bits, int block, Ranges.Method ranges, boolean signed, List<Cure> cures)
        implements Strategy {
    /** What is changed. */
    public enum Mode {
        /** Both operands of products and convolutions; ranges come from data. */
        STATIC,
        /** Both operands of matrix products; ranges are found when the model runs. Other weights are stored. */
        DYNAMIC,
        /** Weights are stored as integers, and computed with as floats. */
        WEIGHTS,
        /** Weights are stored as floats of 16 bits. */
        F16,
        /** Weights are stored as floats of 16 bits with the range of 32. */
        BF16
    }

    /** Blocks that lose next to nothing with 8 bits. */
    private static final int FINE = 32;

    public Quantization {
        cures = List.copyOf(cures);
        if (cures.stream().filter(c -> c.is(Cure.When.ROUNDING)).count() > 1) {
            throw new IllegalArgumentException("weights are rounded in one way, not by all of " + cures);
        }
    }

    /** Without cures, and with ranges that change the layers' results least. */
    public Quantization(Mode mode, int bits, int block) {
        this(mode, bits, block, Ranges.Method.AUTO, false, List.of());
    }

    public static final Quantization STATIC = new Quantization(Mode.STATIC, 8, 0);
    public static final Quantization DYNAMIC = new Quantization(Mode.DYNAMIC, 8, 0);
    public static final Quantization WEIGHTS = new Quantization(Mode.WEIGHTS, 8, 0);
    public static final Quantization F16 = new Quantization(Mode.F16, 16, 0);

    /** This with ranges that are chosen otherwise. */
    public Quantization ranges(Ranges.Method newRanges) {
        return new Quantization(mode, bits, block, newRanges, signed, cures);
    }

    /** This with operands of i8, which have 0 for 0, where ranges come from data. */
    public Quantization asSigned() {
        return new Quantization(mode, bits, block, ranges, true, cures);
    }

    /** This with other cures. */
    public Quantization cures(Cure... newCures) {
        return new Quantization(mode, bits, block, ranges, signed, List.of(newCures));
    }

    @Override
    public List<Pass> preparation() {
        return Cure.passes(cures, Cure.When.BEFORE);
    }

    @Override
    public List<Pass> passes() {
        long least = new QuantizeWeights().least();
        int tables = new QuantizeWeights().tables();
        Rounding rounding = cures.contains(Cure.GPTQ)
                ? Rounding.GPTQ
                : cures.contains(Cure.ADAROUND) ? Rounding.ADAROUND : Rounding.NEAREST;
        QuantizeWeights others = new QuantizeWeights(bits == 4 ? 4 : 8, block, false, tables, least, rounding);
        List<Pass> all = new ArrayList<>();
        switch (mode) {
            case STATIC -> all.addAll(List.of(new QuantizeStatic(least, rounding, ranges, signed), others));
            case DYNAMIC -> all.addAll(List.of(new QuantizeDynamic(least, rounding), others));
            case WEIGHTS -> all.add(others);
            case F16 -> all.add(new ConvertWeights(ConvertWeights.Precision.F16, least));
            case BF16 -> all.add(new ConvertWeights(ConvertWeights.Precision.BF16, least));
        }
        all.addAll(Cure.passes(cures, Cure.When.AFTER));
        return all;
    }

    /** With weights that are rounded by what the layers' results lose, and channels that get their means back. */
    @Override
    public List<Strategy> cured() {
        return switch (mode) {
            case F16, BF16 -> List.of();
            case WEIGHTS -> cures.isEmpty() ? List.of(cures(Cure.GPTQ)) : List.of();
            case STATIC, DYNAMIC ->
                cures.isEmpty() ? List.of(cures(Cure.GPTQ), cures(Cure.GPTQ, Cure.CORRECT_BIAS)) : List.of();
        };
    }

    @Override
    public List<Strategy> milder() {
        List<Strategy> all = new ArrayList<>();
        switch (mode) {
            case STATIC -> all.addAll(List.of(DYNAMIC, WEIGHTS, new Quantization(Mode.WEIGHTS, 8, FINE), F16));
            case DYNAMIC -> all.addAll(List.of(WEIGHTS, new Quantization(Mode.WEIGHTS, 8, FINE), F16));
            case WEIGHTS -> {
                if (bits == 4 && block != FINE) {
                    all.add(new Quantization(Mode.WEIGHTS, 4, FINE));
                }
                if (bits == 4) {
                    all.add(WEIGHTS);
                }
                if (bits == 4 || block == 0) {
                    all.add(new Quantization(Mode.WEIGHTS, 8, FINE));
                }
                all.add(F16);
            }
            case BF16 -> all.add(F16);
            case F16 -> {}
        }
        return all;
    }

    @Override
    public String words() {
        return switch (mode) {
            case F16, BF16 -> mode.name().toLowerCase(Locale.ROOT);
            case WEIGHTS -> "int" + bits + (block == 0 ? "" : "/" + block);
            case STATIC, DYNAMIC -> mode.name().toLowerCase(Locale.ROOT) + " int8";
        };
    }

    /** As flags of {@code lathe quantize}, or of {@code lathe convert}. */
    @Override
    public String toString() {
        String name = mode.name().toLowerCase(Locale.ROOT);
        String way = switch (mode) {
            case F16, BF16 -> "--precision " + name;
            case WEIGHTS -> "--mode " + name + " --bits " + bits + (block == 0 ? "" : " --block " + block);
            case STATIC ->
                "--mode " + name
                        + (ranges == Ranges.Method.AUTO ? "" : " --ranges " + Ranges.text(ranges))
                        + (signed ? " --signed" : "");
            case DYNAMIC -> "--mode " + name;
        };
        return cures.isEmpty()
                ? way
                : way + " --cure " + cures.stream().map(Cure::text).collect(Collectors.joining(","));
    }
}
