package dev.lathe.cli;

import dev.lathe.compress.Budget;
import dev.lathe.compress.Quantization;
import dev.lathe.compress.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lathe compress}. */
@Command(
        name = "compress",
        description = {
            "Make a model small enough for a budget, and say what was chosen and why.",
            "",
            "It profiles the model, changes each weight alone to see what that does to the outputs, chooses the"
                + " precisions that lose least within the budget, applies them, and verifies the result on the data;"
                + " what fails leads to the next try. Each step is told with its reason.",
            "",
            "A budget is one bound or several, with commas: size, parameters, flops, memory, latency and loss are at"
                    + " most a share of the model's, or a number with a unit; a metric, such as same-neighbour, is at"
                    + " least a number. Where nothing holds it, no file is written, the nearest points are shown, and"
                    + " the exit code is 1.",
        },
        footer = {
            "  lathe compress minilm.onnx -o small.onnx --data texts.txt --tokenizer tokenizer.json \\",
            "      --budget \"size<=25%%, same-neighbour>=0.9\"",
            "  lathe compress resnet.onnx -o small.onnx --data images --metric accuracy \\",
            "      --budget \"size<=30%%, loss<=0.5%%, latency<=5ms\" --html report.html",
        })
final class CompressCommand extends CompressionCommand {
    @Option(
            names = "--budget",
            paramLabel = "BOUNDS",
            required = true,
            description = "What the result may cost and lose, such as \"size<=25%%, loss<=0.5%%, latency<=5ms\".")
    private String budget = "";

    @Override
    List<Strategy> strategies() {
        return List.of();
    }

    @Override
    Optional<Budget> budget(double mostLoss) {
        List<Budget.Bound> bounds = new ArrayList<>(Budget.parse(budget).bounds());
        if (Double.isFinite(mostLoss)) {
            bounds.add(new Budget.Bound(Budget.Quantity.LOSS, null, mostLoss, false));
        }
        return Optional.of(new Budget(bounds));
    }

    /** Integer products change what a call takes, not what a file takes: they are tried where time is bounded. */
    @Override
    List<List<Strategy>> firsts() {
        boolean time = Budget.parse(budget).bounds().stream().anyMatch(b -> b.quantity() == Budget.Quantity.LATENCY);
        if (!time) {
            return List.of();
        }
        return hasData()
                ? List.of(List.of(Quantization.DYNAMIC), List.of(Quantization.STATIC))
                : List.of(List.of(Quantization.DYNAMIC));
    }
}
