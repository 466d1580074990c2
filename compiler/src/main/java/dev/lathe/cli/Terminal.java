package dev.lathe.cli;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a command prints.
 *
 * @param out results
 * @param err diagnostics and progress
 * @param coloured whether both may hold ANSI colours
 * @param interactive whether a person watches {@code err}, so that progress is welcome
 */
public record Terminal(PrintWriter out, PrintWriter err, boolean coloured, boolean interactive) {

    /** The streams of this process; colours and progress only on a terminal, and as {@code NO_COLOR} and {@code TERM} ask. */
    public static Terminal system() {
        Map<String, String> env = System.getenv();
        boolean terminal = isTerminal(2);
        boolean dumb = "dumb".equals(env.get("TERM"));
        boolean refused = !env.getOrDefault("NO_COLOR", "").isEmpty();
        boolean coloured = terminal && !dumb && !refused && isTerminal(1);
        return new Terminal(writer(System.out), writer(System.err), coloured, terminal && !dumb);
    }

    /** Two writers that nobody watches. */
    public static Terminal plain(PrintWriter out, PrintWriter err) {
        return new Terminal(out, err, false, false);
    }

    private static boolean isTerminal(int descriptor) {
        Path link = Path.of("/proc/self/fd/" + descriptor);
        try {
            if (Files.isSymbolicLink(link)) {
                String target = Files.readSymbolicLink(link).toString();
                return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
            }
        } catch (IOException e) {
            return false;
        }
        return System.console() != null;
    }

    /** In a locale without an encoding of its own, UTF-8 is a better guess than ASCII. */
    private static PrintWriter writer(PrintStream stream) {
        Charset charset =
                stream.charset().equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : stream.charset();
        return new PrintWriter(new OutputStreamWriter(stream, charset), true);
    }

    /** Clears the last line on {@code err}, and lets the next one stand in its place. */
    void takeBackLine() {
        err.print("\033[1A\033[2K");
        err.flush();
    }

    /** {@code text} in an ANSI style such as {@code 1;31}, where colours are allowed. */
    public String styled(String style, String text) {
        return coloured ? "\033[" + style + "m" + text + "\033[0m" : text;
    }

    public String bold(String text) {
        return styled("1", text);
    }

    public String faint(String text) {
        return styled("2", text);
    }
}
