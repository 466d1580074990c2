package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.passes.PassRegistry;
import dev.lathe.passes.listen.PrintIfChanged;
import dev.lathe.passes.listen.Timing;
import dev.lathe.passes.listen.Verify;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which passes run, and what watches them. */
final class PassFlags {
    @Option(
            names = "--passes",
            paramLabel = "PASSES",
            description = "Run these passes instead of those of the optimization level, for example"
                    + " canonicalize,dead-code; `lathe passes` lists them.")
    private @Nullable String passes;

    @Option(names = "--pass-path", paramLabel = "JAR", split = ",", description = "Find passes in these jars too.")
    private List<Path> passPath = new ArrayList<>();

    @Option(names = "--verify-each", description = "Check every rule of the IR after each pass.")
    private boolean verifyEach;

    @Option(names = "--print-changed", description = "Print the graph after each pass that changed it.")
    private boolean printChanged;

    @Option(names = "--time-passes", description = "Print the time of each pass.")
    private boolean timePasses;

    @Option(
            names = "--stop-after",
            paramLabel = "N",
            description = "Stop after N rewrites; halving N finds the rewrite that breaks a model.")
    private @Nullable Long stopAfter;

    private final Timing timing = new Timing();

    void addTo(CompileOptions.Builder options, Terminal terminal) {
        PassRegistry registry = registry(passPath);
        if (passes != null) {
            options.passes(Lathe.pipeline(passes, registry));
        }
        if (stopAfter != null) {
            if (stopAfter < 0) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "usage.stop-after", "--stop-after cannot be " + stopAfter, "give a number from 0 on")));
            }
            options.stepLimit(stopAfter);
        }
        if (verifyEach) {
            options.listener(new Verify());
        }
        if (printChanged) {
            options.listener(new PrintIfChanged(text -> terminal.err().println(text)));
        }
        if (timePasses) {
            options.listener(timing);
        }
    }

    /** Whether other passes run than those of the optimization level. */
    boolean isChosen() {
        return passes != null || stopAfter != null;
    }

    /** What was typed to choose them, with a blank before it. */
    String text() {
        StringBuilder s = new StringBuilder();
        if (passes != null) {
            s.append(" --passes '").append(passes).append('\'');
        }
        passPath.forEach(jar -> s.append(" --pass-path ").append(jar));
        return (stopAfter == null ? s : s.append(" --stop-after ").append(stopAfter)).toString();
    }

    /** Prints what was asked for about the passes that have run. */
    void finish(Terminal terminal) {
        if (timePasses) {
            terminal.err().print(timing.report());
            terminal.err().flush();
        }
    }

    /** Lathe's passes and those in {@code jars}. */
    static PassRegistry registry(List<Path> jars) {
        PassRegistry registry = PassRegistry.standard();
        if (jars.isEmpty()) {
            return registry;
        }
        List<URL> urls = new ArrayList<>();
        for (Path jar : jars) {
            if (!Files.exists(jar)) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "usage.pass-path", "there is no file " + jar, "give a jar with passes in it")));
            }
            try {
                urls.add(jar.toUri().toURL());
            } catch (MalformedURLException e) {
                throw new IllegalStateException("a file always has a URL", e);
            }
        }
        // Open as long as the process lives: a pass may load its classes at any time.
        return registry.with(new URLClassLoader(urls.toArray(URL[]::new), PassFlags.class.getClassLoader()));
    }
}
