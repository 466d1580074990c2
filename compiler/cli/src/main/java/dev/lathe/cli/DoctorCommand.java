package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.passes.Options;
import dev.lathe.report.Units;
import dev.lathe.runtime.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lathe doctor}. */
@Command(
        name = "doctor",
        description = {
            "Say what this machine can run, and how to fix what it cannot.",
            "",
            "It looks at the JDK, the Vector API and its width, tiles in machine code, processors and memory, and asks"
                    + " every target whether it can run here. It exits with 3 if the java target cannot.",
        },
        footer = {"  lathe doctor", "  lathe doctor --json -"})
final class DoctorCommand extends LatheCommand {
    @Mixin
    private JsonFlag json = new JsonFlag();

    /** What {@code --json} writes. */
    private record Report(
            String lathe,
            String java,
            String machine,
            int processors,
            long heapBytes,
            boolean vectorApi,
            int vectorBits,
            int vectorRegisters,
            Machine.MachineTilesReport machineTiles,
            List<Target> targets) {}

    private record Target(
            String name, boolean ready, String device, String missing, String fix, List<Options.Description> options) {}

    @Override
    public Integer call() {
        json.require();
        Report report = examine();
        json.write(terminal(), report);
        if (!json.replacesText()) {
            print(report);
        }
        return report.targets.stream().anyMatch(t -> t.name.equals("java") && !t.ready) ? 3 : 0;
    }

    private static Report examine() {
        // Before the targets, for what they call may enable native access.
        Machine.MachineTilesReport tiles = Machine.machineTiles();
        List<Target> targets = new ArrayList<>();
        for (Backend backend : Backends.all()) {
            List<Options.Description> options = Options.describe(backend.options());
            targets.add(
                    switch (backend.probe()) {
                        case Availability.Ready(String device) ->
                            new Target(backend.name(), true, device, "", "", options);
                        case Availability.Missing(String what, String fix) ->
                            new Target(backend.name(), false, "", what, fix, options);
                    });
        }
        Backends.absent()
                .forEach((name, missing) ->
                        targets.add(new Target(name, false, "", missing.what(), missing.howToFix(), List.of())));
        return new Report(
                Lathe.version(),
                Runtime.version() + ", " + System.getProperty("java.vm.name") + ", " + System.getProperty("java.home"),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"),
                Machine.processors(),
                Runtime.getRuntime().maxMemory(),
                Machine.VECTOR,
                Machine.VECTOR ? 32 * Machine.LANES : 0,
                Machine.VECTOR ? Machine.REGISTERS : 0,
                tiles,
                targets);
    }

    private void print(Report r) {
        line(true, "lathe", r.lathe, "");
        line(true, "java", r.java, "");
        line(true, "machine", r.machine + ", " + r.processors + " processors", "");
        line(
                r.heapBytes >= 1L << 30,
                "heap",
                Units.bytes(r.heapBytes),
                "large models need more: LATHE_JAVA_OPTS=-Xmx4g, or -Xmx4g for java itself");
        line(
                r.vectorApi,
                "vectors",
                r.vectorApi
                        ? r.vectorBits + " bits, " + r.vectorRegisters + " registers"
                        : "the module jdk.incubator.vector is not loaded: everything runs, several times slower",
                "start Java with " + Machine.VECTOR_OPTION);
        Machine.MachineTilesReport tiles = r.machineTiles;
        line(
                tiles.missing().isEmpty(),
                "tiles in machine code",
                tiles.missing().isEmpty()
                        ? tiles.processor()
                        : tiles.missing() + ": products run on the Vector API, those of integers several times slower",
                tiles.remedy());
        line(
                true,
                "--numerics fast",
                tiles.brainFloats()
                        ? "products on brain floats"
                        : "as default, for there are no tiles of brain floats (they need AVX-512 with BF16)",
                "");
        for (Target t : r.targets) {
            line(t.ready, "target " + t.name, t.ready ? t.device : t.missing, t.fix);
            for (Options.Description o : t.options) {
                out().println("         " + TargetOptionFlags.flag(o.name())
                        + (o.type().equals("boolean") ? "" : " " + o.type().toUpperCase(Locale.ROOT)) + "  "
                        + o.text() + (o.defaultValue().isEmpty() ? "" : "; default: " + o.defaultValue()));
            }
        }
    }

    private void line(boolean good, String label, String text, String fix) {
        String mark = good ? terminal().styled("32", "ok     ") : terminal().styled("31", "missing");
        out().println(mark + "  " + terminal().bold(label) + ": " + text);
        if (!good) {
            out().println("         " + terminal().styled("32", "fix") + " " + fix);
        }
    }
}
