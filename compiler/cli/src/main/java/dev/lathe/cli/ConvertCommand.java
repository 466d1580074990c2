package dev.lathe.cli;

import dev.lathe.compress.Quantization;
import dev.lathe.compress.Strategy;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code lathe convert}. */
@Command(
        name = "convert",
        description = {
            "Store a model's weights as floats of 16 bits, and say what that loses.",
            "",
            "A file becomes half as large. What is computed stays floats of 32 bits, so results move little and"
                    + " nothing overflows; weights with numbers that 16 bits cannot hold stay as they are.",
        },
        footer = {
            "  lathe convert minilm.onnx -o half.onnx",
            "  lathe convert minilm.onnx -o half.onnx --precision bf16 --data sentences.npz --max-loss 0.1%%",
        })
final class ConvertCommand extends CompressionCommand {
    static final class Precision implements ITypeConverter<Quantization> {
        @Override
        public Quantization convert(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "f16" -> Quantization.F16;
                case "bf16" -> new Quantization(Quantization.Mode.BF16, 16, 0);
                default ->
                    throw new TypeConversionException(
                            "there is no precision " + text + " of 16 bits; there are f16 and bf16");
            };
        }
    }

    @Option(
            names = "--precision",
            paramLabel = "f16|bf16",
            defaultValue = "f16",
            converter = Precision.class,
            description = "f16 has 11 bits of precision, up to 65,504; bf16 has 8, and the range of 32 bits."
                    + " Default: f16.")
    private Quantization precision = Quantization.F16;

    @Override
    List<Strategy> strategies() {
        return List.of(precision);
    }
}
