package dev.lathe.cli;

import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.Options;
import dev.lathe.passes.Pass;
import dev.lathe.passes.Pipelines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lathe passes}. */
@Command(
        name = "passes",
        description = {
            "List the passes, with their options, and the pipelines of the optimization levels.",
            "",
            "A pipeline for --passes is names with commas between; options stand in braces, for example"
                    + " name{option=value,other=value}.",
        },
        footer = {"  lathe passes", "  lathe passes --pass-path my-passes.jar", "  lathe passes --json -"})
final class PassesCommand extends LatheCommand {
    @Option(names = "--pass-path", paramLabel = "JAR", split = ",", description = "Find passes in these jars too.")
    private List<Path> passPath = new ArrayList<>();

    @Mixin
    private JsonFlag json = new JsonFlag();

    /** What {@code --json} writes. */
    private record Report(List<PassText> passes, Map<String, String> pipelines) {}

    private record PassText(String name, String description, List<Options.Description> options, List<String> after) {}

    @Override
    public Integer call() {
        json.require();
        List<PassText> passes = new ArrayList<>();
        for (Pass pass : PassFlags.registry(passPath).all()) {
            passes.add(new PassText(
                    pass.name(),
                    pass.description(),
                    Options.describe(pass),
                    pass.after().stream().map(Pass.After::reason).toList()));
        }
        Map<String, String> pipelines = new LinkedHashMap<>();
        for (OptimizationLevel level : OptimizationLevel.values()) {
            pipelines.put("-" + level, Pipelines.canonical(level).toString());
        }
        json.write(terminal(), new Report(passes, pipelines));
        if (!json.replacesText()) {
            print(passes, pipelines);
        }
        return 0;
    }

    private void print(List<PassText> passes, Map<String, String> pipelines) {
        Table table = new Table(terminal(), "pass", "what it does");
        for (PassText pass : passes) {
            table.row(pass.name, pass.description);
            for (Options.Description o : pass.options) {
                table.row("  " + o.name() + "=" + o.defaultValue(), o.text() + " (" + o.type() + ")");
            }
        }
        table.print();
        out().println();
        pipelines.forEach(
                (level, text) -> out().println("  " + terminal().bold(level) + "  " + text.replace(",", ", ")));
    }
}
