package dev.lathe.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Numbers by name, which a child process prints and its parent reads. */
final class Facts {
    private static final String MARK = "fact ";

    private final Map<String, Double> values = new LinkedHashMap<>();

    void put(String name, double value) {
        values.put(name, value);
    }

    double get(String name) {
        Double value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("the child process did not tell " + name);
        }
        return value;
    }

    void print() {
        values.forEach((name, value) -> System.out.println(MARK + name + " " + value));
    }

    /** Runs a class in a fresh JVM with this one's class path and options, and reads what it prints. */
    static Facts of(Class<?> main, String... arguments) throws IOException, InterruptedException {
        return of(List.of(), main, arguments);
    }

    /** As the other, with more options of the JVM. */
    static Facts of(List<String> options, Class<?> main, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Facts facts = new Facts();
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(MARK)) {
                    String[] words = line.split(" ");
                    facts.put(words[1], Double.parseDouble(words[2]));
                }
            }
        }
        if (process.waitFor() != 0) {
            throw new IOException(main.getSimpleName() + " " + String.join(" ", arguments) + " failed");
        }
        return facts;
    }
}
