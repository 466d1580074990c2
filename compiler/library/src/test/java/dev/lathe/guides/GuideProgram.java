package dev.lathe.guides;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.guides.Page.Block;
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
public final class GuideProgram {
    private static final String MARK = "-- end of block";

    private final Set<String> imports = new LinkedHashSet<>();
    private final StringBuilder body = new StringBuilder();
    private int blocks;

    /** Adds a block. */
    public void add(Block block) {
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

    public boolean isEmpty() {
        return blocks == 0;
    }

    /**
     * Runs the program of a chapter, and compares what it prints with what the page says, in the block of text behind
     * a block of Java.
     *
     * @param heading of the chapter, without its marks
     */
    public static void check(Page page, String heading, Path folder, List<String> options) throws Exception {
        GuideProgram program = new GuideProgram();
        List<String> expected = new ArrayList<>();
        List<Block> blocks = page.blocks(heading);
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).language().equals("java")) {
                program.add(blocks.get(i));
                boolean tells =
                        i + 1 < blocks.size() && blocks.get(i + 1).language().equals("text");
                expected.add(tells ? blocks.get(i + 1).text() : "");
            }
        }
        assertThat(program.isEmpty())
                .as("%s: programs of %s", page.path(), heading)
                .isFalse();
        assertThat(program.run(folder, options))
                .as("what %s of %s prints", heading, page.path())
                .containsExactlyElementsOf(expected);
    }

    private String source() {
        return String.join("\n", imports) + "\n\nvoid main() throws Exception {\n" + body + "}\n";
    }

    /**
     * Compiles and runs the program in {@code folder}.
     *
     * @param options for Java, such as where the classes are that the program uses
     * @return what each block printed, in order
     */
    public List<String> run(Path folder, List<String> options) throws IOException, InterruptedException {
        Path source = folder.resolve("Guide" + blocks + ".java");
        Path errors = folder.resolve("errors.txt");
        Files.writeString(source, source());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC"));
        command.addAll(options);
        command.add(source.toString());
        Process process = new ProcessBuilder(command)
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
