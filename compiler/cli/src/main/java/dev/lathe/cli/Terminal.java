package dev.lathe.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Where a command prints.
 *
 * @param out results
 * @param err diagnostics and progress
 * @param coloured whether both may hold ANSI colours
 * @param interactive whether a person watches {@code err}, so that progress is welcome
 * @param in what the command is given to read
 * @param bytes where {@code out} leads, for results that are no text
 */
public record Terminal(
        PrintWriter out, PrintWriter err, boolean coloured, boolean interactive, InputStream in, OutputStream bytes) {

    /**
     * The streams of this process; colours and progress only on a terminal, and as {@code NO_COLOR} and {@code TERM}
     * ask.
     */
    public static Terminal system() {
        Map<String, String> env = System.getenv();
        // The launcher script, which puts a pipe before the terminal, knows better than this process.
        String told = System.getProperty("lathe.terminal");
        boolean terminal = told == null ? isTerminal(2) : Boolean.parseBoolean(told);
        boolean dumb = "dumb".equals(env.get("TERM"));
        boolean refused = !env.getOrDefault("NO_COLOR", "").isEmpty();
        boolean coloured = terminal && !dumb && !refused && isTerminal(1);
        return new Terminal(writer(System.out), writer(System.err), coloured, terminal && !dumb, System.in, System.out);
    }

    /** Two writers that nobody watches, and nothing to read. */
    public static Terminal plain(PrintWriter out, PrintWriter err) {
        return new Terminal(out, err, false, false, InputStream.nullInputStream(), OutputStream.nullOutputStream());
    }

    @SuppressWarnings("SystemConsoleNull") // since Java 25 it is null again where nobody watches
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
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /** In a locale without an encoding of its own, UTF-8 is a better guess than ASCII. */
    private static PrintWriter writer(PrintStream stream) {
        Charset charset =
                stream.charset().equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : stream.charset();
        return new PrintWriter(new OutputStreamWriter(stream, charset), true);
    }

    /** Ends the standard error of this process, and waits until all of it has left the launcher script's pipe. */
    static void end() {
        if (!Boolean.getBoolean("lathe.piped")) {
            return;
        }
        System.err.flush();
        try (FileOutputStream err = new FileOutputStream(FileDescriptor.err)) {
            err.flush();
        } catch (IOException e) {
            return; // nobody reads it any more
        }
        ProcessHandle.current()
                .children()
                .map(ProcessHandle::onExit)
                .forEach(done -> done.completeOnTimeout(ProcessHandle.current(), 1, TimeUnit.SECONDS)
                        .join());
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
