package dev.lathe.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Runs a program again in a JVM that has the Vector API. A jar cannot ask for an incubating module, so
 * {@code java -jar} starts without it; one more start costs some 50 ms and saves most of each inference.
 */
final class VectorRestart {
    /** Set in the new JVM, which must not start another. */
    private static final String RESTARTED = "lathe.restarted";

    /** What the new JVM says before all else; nobody can do anything about it. */
    private static final byte[] WARNING = "WARNING: Using incubator modules: ".getBytes(StandardCharsets.US_ASCII);

    /** The code that has vectors, which is not in the jars of targets that have kernels of another kind. */
    private static final String VECTOR_CODE = "CompiledModel.class";

    /** Stands before the user's options, so that these win. */
    private static final String YOUNG_GENERATION = "-Xmn16m";

    private VectorRestart() {}

    /**
     * Runs {@code main} with {@code arguments} in such a JVM and returns its exit code; empty when this JVM is to go on
     * itself.
     */
    static OptionalInt run(Class<?> main, String... arguments) {
        if (ModuleLayer.boot().findModule(Machine.VECTOR_MODULE).isPresent()
                || Boolean.getBoolean(RESTARTED)
                || VectorRestart.class.getResource(VECTOR_CODE) == null
                || ModuleFinder.ofSystem().find(Machine.VECTOR_MODULE).isEmpty()) {
            return OptionalInt.empty();
        }
        List<String> options = jvmOptions();
        for (String option : options) {
            if (isAgent(option)) {
                return OptionalInt.empty(); // such as a debugger, whose port is taken once
            }
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // Steady calls make no garbage, and those before need not fill a quarter of the machine's memory with it.
        command.add(YOUNG_GENERATION);
        command.addAll(options);
        command.addAll(List.of("--add-modules", Machine.VECTOR_MODULE, "-D" + RESTARTED + "=true"));
        command.add("--enable-native-access=ALL-UNNAMED"); // as the manifest has it
        // With a long queue kernels would be compiled without profiles first, which the large ones do not leave again.
        command.add("-XX:Tier3DelayOn=100000");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return start(command);
    }

    private static OptionalInt start(List<String> command) {
        Process child;
        try {
            child = new ProcessBuilder(command)
                    .inheritIO()
                    .redirectError(ProcessBuilder.Redirect.PIPE)
                    .start();
        } catch (IOException e) {
            return OptionalInt.empty(); // no java program to start: slower, but it runs
        }
        Runtime.getRuntime().addShutdownHook(new Thread(child::destroy)); // when this JVM is told to end
        try (InputStream errors = child.getErrorStream()) {
            passOn(errors, System.err);
            return OptionalInt.of(child.waitFor());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            child.destroy();
            Thread.currentThread().interrupt();
            return OptionalInt.of(1);
        }
    }

    /** Copies {@code in}, but for a first line that is the JVM's warning. */
    static void passOn(InputStream in, OutputStream out) throws IOException {
        ByteArrayOutputStream held = new ByteArrayOutputStream();
        int c = in.read();
        while (c >= 0 && held.size() < WARNING.length && c == WARNING[held.size()]) {
            held.write(c);
            c = in.read();
        }
        if (held.size() == WARNING.length) {
            while (c >= 0 && c != '\n') {
                c = in.read();
            }
        } else {
            out.write(held.toByteArray());
            if (c >= 0) {
                out.write(c);
            }
        }
        in.transferTo(out);
        out.flush();
    }

    private static boolean isAgent(String option) {
        return option.startsWith("-agentlib:")
                || option.startsWith("-agentpath:")
                || option.startsWith("-javaagent:")
                || option.startsWith("-Xrunjdwp");
    }

    private static List<String> jvmOptions() {
        try {
            return ManagementFactory.getRuntimeMXBean().getInputArguments();
        } catch (NoClassDefFoundError e) {
            return List.of(); // a Java runtime without the module java.management
        }
    }
}
