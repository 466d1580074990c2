package dev.lathe.cli;

import dev.lathe.compress.Budget;
import dev.lathe.compress.Compressor;
import dev.lathe.compress.Cure;
import dev.lathe.compress.Quantization;
import dev.lathe.compress.Report;
import dev.lathe.compress.Search;
import dev.lathe.compress.Strategy;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.passes.quantize.Ranges;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code lathe quantize}. */
@Command(
        name = "quantize",
        description = {
            "Store and compute a model's numbers in 8 or 4 bits, and say what that loses.",
            "",
            "dynamic: matrix products run in integers, over the ranges that values have in each call; other weights are"
                    + " stored in 8 bits. No data are needed. static: products and convolutions run in integers, over"
                    + " ranges that --data show; for convolutional networks. weights: only weights are stored in 8 or 4"
                    + " bits, and computed with as floats; loses least.",
            "",
            "The result is compared with the model on the data. With --max-loss, one that loses more is not written:"
                    + " the exit code is 1, and the weights to blame and the nearest way that holds are shown.",
        },
        footer = {
            "  lathe quantize minilm.onnx -o small.onnx",
            "  lathe quantize minilm.onnx -o small.onnx --data sentences.npz --max-loss 1%%",
            "  lathe quantize resnet.onnx -o small.onnx --mode static --data images --check top1 --max-loss 0.5%%",
            "  lathe quantize minilm.onnx -o tiny.onnx --mode weights --bits 4 --block 32",
        })
final class QuantizeCommand extends CompressionCommand {
    enum Mode {
        STATIC,
        DYNAMIC,
        WEIGHTS
    }

    static final class ModeName implements ITypeConverter<Mode> {
        @Override
        public Mode convert(String text) {
            try {
                return Mode.valueOf(text.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(
                        "there is no mode " + text + "; there are dynamic, static and weights");
            }
        }
    }

    /** 0 is auto. */
    static final class Bits implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return switch (text) {
                case "auto" -> AUTO;
                case "8", "4" -> Integer.parseInt(text);
                default -> throw new TypeConversionException("weights have 8 or 4 bits, or auto, not " + text);
            };
        }
    }

    private static final int AUTO = 0;
    private static final double AUTO_LOSS = 0.01;

    @Option(
            names = "--mode",
            paramLabel = "dynamic|static|weights",
            defaultValue = "dynamic",
            converter = ModeName.class,
            description = "What is quantized. Default: dynamic.")
    private Mode mode = Mode.DYNAMIC;

    @Option(
            names = "--bits",
            paramLabel = "8|4|auto",
            defaultValue = "8",
            converter = Bits.class,
            description = "With --mode weights, the bits of the weights of products; auto finds the fewest for each"
                    + " weight with which at most --max-loss is lost, or 1%%. Default: 8.")
    private int bits = Byte.SIZE;

    @Option(
            names = "--block",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "With --mode weights, how many weights of a column share a scale and a zero point; from 16, or"
                            + " 0 for all. Default: 0.")
    private int block;

    static final class RangesName implements ITypeConverter<Ranges.Method> {
        @Override
        public Ranges.Method convert(String text) {
            return Arrays.stream(Ranges.Method.values())
                    .filter(m -> Ranges.text(m).equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException(
                            "there are no ranges " + text + "; there are auto, min-max, percentile, entropy and mse"));
        }
    }

    /** Of {@code auto} there is no cure. */
    static final class CureName implements ITypeConverter<Optional<Cure>> {
        @Override
        public Optional<Cure> convert(String text) {
            Optional<Cure> cure = Cure.of(text);
            if (cure.isEmpty() && !text.equals("auto")) {
                throw new TypeConversionException("there is no cure " + text + "; "
                        + Suggestion.of(text, List.of(Cure.names().split(", "))) + "there are auto, " + Cure.names());
            }
            return cure;
        }
    }

    @Option(
            names = "--ranges",
            paramLabel = "auto|min-max|percentile|entropy|mse",
            defaultValue = "auto",
            converter = RangesName.class,
            description = "With --mode static, how the range of an operand is chosen: auto takes of all others the one"
                    + " that changes the layer's results least. Default: auto.")
    private Ranges.Method ranges = Ranges.Method.AUTO;

    @Option(
            names = "--signed",
            description = "With --mode static, operands become i8 with 0 for 0, as TensorRT wants it, and not u8.")
    private boolean signed;

    @Option(
            names = "--cure",
            paramLabel = "CURE",
            split = ",",
            converter = CureName.class,
            description =
                    "Recover what is lost, by one or more of equalize-layers, smooth-quant, clip-outliers, gptq or"
                            + " adaround, correct-bias, adapt-batch-norm; or auto, which tries them one after the"
                            + " other and keeps those with which less is lost. All but the first need --data.")
    private List<Optional<Cure>> wantedCures = new ArrayList<>();

    @Override
    Strategy settled(Strategy strategy, Compressor compressor, Consumer<Report.Choice> hearer) {
        return wantedCures.contains(Optional.<Cure>empty()) && strategy instanceof Quantization q
                ? compressor.withCures(q, hearer)
                : strategy;
    }

    @Override
    Optional<Budget> budget(double mostLoss) {
        double most = Double.isFinite(mostLoss) ? mostLoss : AUTO_LOSS;
        return bits == AUTO && mode == Mode.WEIGHTS
                ? Optional.of(new Budget(List.of(new Budget.Bound(Budget.Quantity.LOSS, null, most, false))))
                : Optional.empty();
    }

    @Override
    List<Quantization> precisions() {
        return Search.PRECISIONS.stream()
                .filter(q -> q.mode() == Quantization.Mode.WEIGHTS)
                .toList();
    }

    @Override
    List<Strategy> strategies() {
        List<Cure> cures = wantedCures.stream().flatMap(Optional::stream).toList();
        if (mode != Mode.STATIC && (signed || ranges != Ranges.Method.AUTO)) {
            throw usage(
                    "usage.quantize",
                    "--ranges and --signed are about ranges that data have, and --mode is "
                            + mode.name().toLowerCase(Locale.ROOT),
                    "add --mode static, or leave them out");
        }
        if (cures.contains(Cure.GPTQ) && cures.contains(Cure.ADAROUND)) {
            throw usage("usage.quantize", "--cure has both gptq and adaround", "weights are rounded in one way");
        }
        if (mode != Mode.WEIGHTS && (bits != 8 || block != 0)) {
            throw usage(
                    "usage.quantize",
                    "--bits and --block are about weights, and --mode is "
                            + mode.name().toLowerCase(Locale.ROOT),
                    "add --mode weights, or leave them out");
        }
        if (block != 0 && block < 16) {
            throw usage("usage.quantize", "--block " + block, "a block has at least 16 weights; 0 for whole columns");
        }
        Quantization.Mode what = switch (mode) {
            case DYNAMIC -> Quantization.Mode.DYNAMIC;
            case STATIC -> Quantization.Mode.STATIC;
            case WEIGHTS -> Quantization.Mode.WEIGHTS;
        };
        return List.of(new Quantization(what, bits, block, ranges, signed, cures));
    }
}
