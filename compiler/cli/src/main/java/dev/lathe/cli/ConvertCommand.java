package dev.lathe.cli;

import dev.lathe.compress.Budget;
import dev.lathe.compress.Quantization;
import dev.lathe.compress.Strategy;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code lathe convert}. */
@Command(
        name = "convert",
        description = {
            "Store a model's weights as floats of 16 bits, or each in a precision of its own, and say what that loses.",
            "",
            "A file becomes half as large. What is computed stays floats of 32 bits, so results move little and"
                    + " nothing overflows; weights with numbers that 16 bits cannot hold stay as they are.",
        },
        footer = {
            "  lathe convert minilm.onnx -o half.onnx",
            "  lathe convert minilm.onnx -o half.onnx --precision bf16 --data sentences.npz --max-loss 0.1%%",
            "  lathe convert minilm.onnx -o mixed.onnx --precision auto --data sentences.npz --max-loss 1%%",
        })
final class ConvertCommand extends CompressionCommand {
    enum Precision {
        F16,
        BF16,
        AUTO
    }

    static final class PrecisionName implements ITypeConverter<Precision> {
        @Override
        public Precision convert(String text) {
            try {
                return Precision.valueOf(text.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("there is no precision " + text + "; there are f16, bf16 and auto");
            }
        }
    }

    @Option(
            names = "--precision",
            paramLabel = "f16|bf16|auto",
            defaultValue = "f16",
            converter = PrecisionName.class,
            description = "f16 has 11 bits of precision, up to 65,504; bf16 has 8, and the range of 32 bits;"
                    + " auto finds the smallest precision for each weight, of 16, 8 or 4 bits, with which at most"
                    + " --max-loss is lost, or 0.1%%. Default: f16.")
    private Precision precision = Precision.F16;

    /** What may be lost where nothing is said. */
    private static final double AUTO_LOSS = 0.001;

    @Override
    Optional<Budget> budget(double mostLoss) {
        double most = Double.isFinite(mostLoss) ? mostLoss : AUTO_LOSS;
        return precision == Precision.AUTO
                ? Optional.of(new Budget(List.of(new Budget.Bound(Budget.Quantity.LOSS, null, most, false))))
                : Optional.empty();
    }

    @Override
    List<Strategy> strategies() {
        return List.of(
                precision == Precision.BF16 ? new Quantization(Quantization.Mode.BF16, 16, 0) : Quantization.F16);
    }
}
