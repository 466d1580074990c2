package dev.lathe.runtime;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ContainerEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.MapKeys;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.runtime.input.ShapeText;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The main class of every compiled model's jar: runs the model on files, literals or random inputs.
 * {@code java -jar model.jar --help} tells all.
 */
public final class ModelMain {
    private final ModelOptions options;
    private final PrintStream out;
    private final PrintStream err;

    private ModelMain(ModelOptions options, PrintStream out, PrintStream err) {
        this.options = options;
        this.out = out;
        this.err = err;
    }

    /**
     * Exits with 0, with 1 for a fault of the inputs, with 2 for a wrong option, or with 3 where there is no device for
     * the model.
     */
    public static void main(String[] arguments) {
        int code = run(arguments, System.out, System.err);
        if (code != 0) { // as all other threads are daemons; exit() would set up logging first
            System.exit(code);
        }
    }

    private static int run(String[] arguments, PrintStream out, PrintStream err) {
        boolean stacktrace = Arrays.asList(arguments).contains("--stacktrace");
        try {
            ModelOptions options = new ModelOptions(arguments);
            boolean runs = !options.help && !options.version && options.sources == null;
            if (runs && !options.scalar && !Boolean.getBoolean(Machine.SCALAR_PROPERTY)) {
                OptionalInt code = VectorRestart.run(ModelMain.class, arguments);
                if (code.isPresent()) {
                    return code.getAsInt();
                }
            } else {
                System.setProperty(Machine.SCALAR_PROPERTY, "true");
            }
            new ModelMain(options, out, err).run(ModelJar.own());
            return 0;
        } catch (LatheException e) {
            err.println(e.getMessage());
            trace(stacktrace, e);
            return e.fault().exitCode();
        } catch (OutOfMemoryError e) {
            err.println(Diagnostic.error(
                    "run.out-of-memory",
                    "the JVM has " + Memory.heapMegabytes() + " MB of memory, too few for this model",
                    Memory.advice("java -Xmx")));
            trace(stacktrace, e);
            return 1;
        } catch (LinkageError e) {
            err.println(Diagnostic.error(
                    "artifact.corrupt",
                    "a class of the model's jar is damaged or missing: " + e,
                    "copy the file again, or compile the model again"));
            trace(stacktrace, e);
            return 1;
        } catch (RuntimeException e) {
            err.println(Diagnostic.error(
                    "model.internal",
                    "the model failed with " + e,
                    stacktrace ? "report this" : "run it again with --stacktrace and report what it prints"));
            trace(stacktrace, e);
            return 1;
        }
    }

    private static void trace(boolean wanted, Throwable t) {
        if (wanted) {
            t.printStackTrace();
        }
    }

    private void run(ModelJar jar) {
        if (options.version) {
            out.println(jar.name() + ", compiled by Lathe " + jar.version());
        } else if (options.sources != null) {
            Path folder = path(options.sources);
            List<Path> written = jar.writeSources(folder);
            out.println(written.size() + " files below " + folder);
        } else {
            long start = System.nanoTime();
            try (ConcurrentModel model = jar.load(options.threads)) {
                if (options.help) {
                    out.print(new ModelHelp(jar, model).text());
                } else {
                    run(model, System.nanoTime() - start);
                }
            }
        }
        out.flush();
    }

    private void run(ConcurrentModel model, long loadNanos) {
        InputValues values = new InputValues(model)
                .seed(options.seed)
                .shapes(ShapeText.parse(options.shapes))
                .pictures(options.pictures());
        Map<String, Datum> inputs = values.read(options.inputs);
        for (String note : values.notes()) {
            err.println("note: " + note);
        }
        if (options.bench >= 0) {
            new ModelBench(model, inputs).run(options.bench, loadNanos, out);
            return;
        }
        Map<String, Datum> results = model.run(inputs, Deadline.afterSeconds(options.timeout));
        for (Map.Entry<String, Datum> result : results.entrySet()) {
            out.println(result.getKey() + ": " + result.getValue());
        }
        if (options.output != null) {
            write(results, path(options.output));
        }
    }

    private static void write(Map<String, Datum> results, Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw ModelJar.cannotWrite(folder, e);
        }
        Set<String> taken = new HashSet<>();
        results.forEach((name, value) -> write(value, folder, name, taken));
    }

    private static void write(Datum value, Path folder, String name, Set<String> taken) {
        switch (value) {
            case Tensor t -> Npy.write(t, folder.resolve(fileName(name, taken)));
            case Datum.Sequence s -> {
                for (int i = 0; i < s.items().size(); i++) {
                    write(s.items().get(i), folder, name + "." + i, taken);
                }
            }
            case Datum.Mapping m -> {
                write(MapKeys.tensor(m), folder, name + ".keys", taken);
                write(values(m), folder, name + ".values", taken);
            }
            case Datum.Maybe m -> m.element().ifPresent(e -> write(e, folder, name, taken));
        }
    }

    /** The values of a map: a vector, if they are scalars. */
    private static Datum values(Datum.Mapping m) {
        return m.valueType() instanceof TensorType t && t.isRanked() && t.rank() == 0
                ? ContainerEvaluation.mapValues(m, t.element())
                : new Datum.Sequence(m.valueType(), List.copyOf(m.entries().values()));
    }

    /** A file name that no other output has, also where upper and lower case are one. */
    private static String fileName(String name, Set<String> taken) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean plain = Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.' && !s.isEmpty();
            s.append(plain ? c : '_');
        }
        String base = s.toString();
        for (int n = 2; !taken.add(s.toString().toLowerCase(Locale.ROOT)); n++) {
            s = new StringBuilder(base).append('-').append(n);
        }
        return s.append(".npy").toString();
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (java.nio.file.InvalidPathException e) {
            throw ModelOptions.usage("\"" + text + "\" is not a path", "check the folder's name");
        }
    }
}
