package dev.lathe.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** One run of the command line: its exit code and what it printed. */
record Cli(int exit, String out, String err) {

    static Cli lathe(Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = Main.execute(
                new PrintWriter(out),
                new PrintWriter(err),
                Stream.of(args).map(Object::toString).toArray(String[]::new));
        return new Cli(exit, out.toString(), err.toString());
    }

    /** How many problems were told. */
    long problems() {
        return err.lines()
                .filter(l -> l.startsWith("error[") || l.startsWith("warning["))
                .count();
    }

    String lastLine() {
        return out.lines().reduce("", (a, b) -> b);
    }

    /** The names of the files in a folder. */
    static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
