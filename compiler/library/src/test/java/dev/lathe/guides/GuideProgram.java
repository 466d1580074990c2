package dev.lathe.guides;

import dev.lathe.guides.Page.Block;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The Java blocks of a guide as one program, run in a JVM of its own: imports stand first, the statements of all blocks
 * follow in one {@code main}, so that a block may use what those before it declare.
 */
final class GuideProgram {
    private static final String MARK = "-- end of block";

    private final Set<String> imports = new LinkedHashSet<>();
    private final StringBuilder body = new StringBuilder();
    private int blocks;

    /** Adds a block. */
    void add(Block block) {
        for (String line : block.text().split("\n")) {
            if (line.startsWith("import ")) {
                imports.add(line);
            } else {
                body.append("    ").append(line).append('\n');
            }
        }
        body.append("    System.out.println(\"").append(MARK).append("\");\n");
        blocks++;
    }

    boolean isEmpty() {
        return blocks == 0;
    }

    private String source() {
        return String.join("\n", imports) + "\n\nvoid main() throws Exception {\n" + body + "}\n";
    }

    /**
     * Compiles and runs the program in {@code folder} with these jars and folders on its class path, and nothing else.
     *
     * @return what each block printed, in order
     */
    List<String> run(Path folder, List<Path> classPath) throws IOException, InterruptedException {
        Path source = folder.resolve("Guide" + blocks + ".java");
        Path errors = folder.resolve("errors.txt");
        Files.writeString(source, source());
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-XX:+UseSerialGC",
                        "-classpath",
                        classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
                        source.toString())
                .directory(folder.toFile())
                .redirectError(errors.toFile())
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        String err = Files.readString(errors)
                .lines()
                .filter(l -> !l.contains("Using incubator modules"))
                .collect(Collectors.joining("\n"));
        if (exit != 0 || !err.isEmpty()) {
            throw new AssertionError("exit " + exit + "\n" + out + "\n" + err + "\nof\n" + source());
        }
        List<String> printed = new ArrayList<>(List.of(out.split(MARK + "\\R", -1)));
        printed.removeLast();
        return printed;
    }
}
