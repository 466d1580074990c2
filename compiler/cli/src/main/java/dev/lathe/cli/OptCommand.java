package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.OptimizedModel;
import dev.lathe.backend.CompileOptions;
import dev.lathe.debug.Extraction;
import dev.lathe.explorer.PassExplorer;
import dev.lathe.frontend.onnx.OnnxSummary;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.text.Printer;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.verify.Equivalence;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe opt}. */
@Command(
        name = "opt",
        description = {
            "Transform a model and write it, or see what each pass does to it.",
            "",
            "Without --passes, the target-independent passes of the optimization level run. Output that ends in .onnx"
                + " is an ONNX model again, so that this simplifies models for other runtimes; .lir is Lathe's own"
                + " text, with large weights in a .safetensors file beside it. --html writes one page that shows the"
                + " graph after each pass that changed it: click a value to follow it.",
            "",
            "An ONNX model keeps its opset, the operators that no pass changed, and their names; it never gets more"
                    + " nodes or bytes. A table shows what became of it, and --check runs both on random inputs.",
        },
        footer = {
            "  lathe opt model.onnx -o simple.onnx --check",
            "  lathe opt model.onnx -o -",
            "  lathe opt model.onnx --html passes.html",
            "  lathe opt model.onnx --extract hidden..logits -O0 -o head.onnx",
            "  lathe opt model.onnx --passes fold-constants,canonicalize,dead-code -o model.lir --verify-each",
        })
final class OptCommand extends LatheCommand {
    @Parameters(paramLabel = "IN", description = "An .onnx or .lir file; - for the standard input.")
    private Path file = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "Write the result: .lir or .onnx; - prints it as text.")
    private @Nullable Path output;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page that shows what each pass did.")
    private @Nullable Path html;

    @Option(
            names = "-O",
            paramLabel = "0|1|2|3",
            defaultValue = "2",
            converter = TargetFlags.Level.class,
            description = "The passes of this level, written as -O0 to -O3. Default: -O2.")
    private OptimizationLevel level = OptimizationLevel.O2;

    @Option(
            names = "--numerics",
            paramLabel = "strict|default|fast",
            defaultValue = "default",
            description = "How far results may move; to passes fast is as default. Default: default.")
    private Numerics numerics = Numerics.DEFAULT;

    @Option(
            names = "--opset",
            paramLabel = "N",
            description = "Write this version of the standard's operators. Default: that of the model.")
    private @Nullable Integer opset;

    @Option(
            names = "--check",
            paramLabel = "N",
            arity = "0..1",
            fallbackValue = "3",
            description = "Compare the results of N random inputs with the model's own, 3 without a number; exit with 1"
                    + " if one differs.")
    private @Nullable Integer check;

    @Option(
            names = "--extract",
            paramLabel = "A[,A...]..B[,B...]",
            description = "Take the part of the model that computes the values B, by their names in the model, from the"
                    + " values A; the passes run on it. A.. goes to the outputs of the model, and ..B starts at its"
                    + " inputs.")
    private @Nullable String extract;

    @Mixin
    private ShapeFlags shapes = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private PassFlags passes = new PassFlags();

    @Override
    public Integer call() {
        try (StandardInput stdin = new StandardInput(terminal())) {
            file = stdin.model(file);
            return execute();
        }
    }

    private int execute() {
        boolean prints = output == null && html == null
                || output != null && output.toString().equals("-");
        requireOutputs(prints);
        CompileOptions.Builder options = CompileOptions.builder().level(level).numerics(numerics);
        shapes.shapes().forEach(options::shape);
        dims.addTo(options);
        passes.addTo(options, terminal());
        PassExplorer explorer = new PassExplorer(extract == null ? shapes.shapes() : Map.of());
        if (html != null) {
            options.listener(explorer);
        }
        CompileOptions built = options.build();
        Optional<Extraction> part = Optional.ofNullable(extract).map(Extraction::parse);
        OptimizedModel model;
        try (ProgressLine progress = new ProgressLine(terminal())) {
            model = OptimizedModel.of(file, built.toBuilder().progress(progress).build(), part);
        }
        passes.finish(terminal());
        if (html != null) {
            OutputFile.write(html, explorer.page(file.getFileName().toString()));
            note("wrote " + html);
        }
        if (prints) {
            out().println(Printer.print(model.graph()));
        } else if (output != null) {
            return write(model, output);
        }
        return 0;
    }

    /** Writes the result and says what became of it; the exit code. */
    private int write(OptimizedModel model, Path to) {
        if (!isOnnx(to)) {
            IrText.write(model.graph(), to);
            note("wrote " + to);
            return 0;
        }
        Optional<OnnxSummary> before = isOnnx(file) ? Optional.of(OnnxSummary.of(file)) : Optional.empty();
        model.writeOnnx(to, opset == null ? OptionalInt.empty() : OptionalInt.of(opset));
        before.ifPresent(b -> changes(b, OnnxSummary.of(to)));
        note("wrote " + to);
        if (check == null) {
            return 0;
        }
        Equivalence both =
                new Equivalence(model.original(), Lathe.read(to), extract == null ? shapes.shapes() : Map.of());
        Optional<String> difference = both.difference(check);
        out().println(difference
                .map(d -> terminal().styled("31", "DIFFERENT") + " " + d)
                .orElse("the results of " + check + (check == 1 ? " random input" : " random inputs")
                        + " are the same"));
        return difference.isPresent() ? 1 : 0;
    }

    private void changes(OnnxSummary before, OnnxSummary after) {
        Table table = new Table(terminal(), "operator", ">before", ">after");
        Set<String> types = new TreeSet<>(before.nodes().keySet());
        types.addAll(after.nodes().keySet());
        for (String type : types) {
            row(table, type, before.nodes().getOrDefault(type, 0), after.nodes().getOrDefault(type, 0));
        }
        row(table, "all nodes", before.nodeCount(), after.nodeCount());
        row(table, "bytes", before.bytes(), after.bytes());
        Set<String> domains = new TreeSet<>(before.opsets().keySet());
        domains.addAll(after.opsets().keySet());
        for (String domain : domains) {
            row(
                    table,
                    domain.isEmpty() ? "opset" : "opset of " + domain,
                    before.opsets().getOrDefault(domain, 0),
                    after.opsets().getOrDefault(domain, 0));
        }
        table.print();
    }

    private static void row(Table table, String name, long before, long after) {
        table.row(name, number(before), number(after));
    }

    private static String number(long n) {
        return n == 0 ? "-" : String.format(Locale.ROOT, "%,d", n);
    }

    private static boolean isOnnx(Path file) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".onnx");
    }

    private void requireOutputs(boolean prints) {
        if (output != null && !prints) {
            String name = output.toString().toLowerCase(Locale.ROOT);
            if (!name.endsWith(".onnx") && !name.endsWith(".lir")) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "output.format",
                                output + " has a name that fits no known format",
                                "write to a file that ends in .onnx or .lir, or to -")));
            }
            OutputFile.requireRegular(output);
        }
        if (html != null) {
            OutputFile.require(html);
        }
        if ((opset != null || check != null) && (prints || output == null || !isOnnx(output))) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "output.format",
                            (opset != null ? "--opset" : "--check") + " is about an ONNX model, which is not written",
                            "write to a file that ends in .onnx")));
        }
        if (check != null && check < 1) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.check", "--check " + check + " compares nothing", "give a number from 1")));
        }
    }
}
