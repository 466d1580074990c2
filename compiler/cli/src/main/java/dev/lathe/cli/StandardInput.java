package dev.lathe.cli;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What {@code -} stands for: the standard input, which is kept in a file for as long as the command runs. Its first
 * bytes tell what it is.
 */
final class StandardInput implements AutoCloseable {
    /** Enough to tell a format by. */
    private static final int HEAD = 64;

    private static final int LONGEST_LITERAL = 1 << 20;

    /** What files begin with, byte for byte. */
    private static final Map<String, String> ENDINGS =
            Map.of("\u0093NUMPY", ".npy", "PK", ".npz", "\u0089PNG", ".png", "\u00ff\u00d8", ".jpg", "GIF8", ".gif");

    private final InputStream in;
    private @Nullable Path folder;
    private @Nullable Path file;
    private boolean read;

    StandardInput(Terminal terminal) {
        this.in = terminal.in();
    }

    private static boolean isMeant(String text) {
        return text.equals("-");
    }

    /** {@code path}, or the file that holds the model on the standard input. */
    Path model(Path path) {
        if (!isMeant(path.toString())) {
            return path;
        }
        byte[] head = read();
        String text = new String(head, StandardCharsets.ISO_8859_1).stripLeading();
        return named(
                text.startsWith("graph") || text.startsWith("//") ? ".lir" : text.startsWith("PK") ? ".jar" : ".onnx");
    }

    /** The values of {@code --input}, of which one may be {@code NAME=-} or {@code -}. */
    List<String> inputs(List<String> texts) {
        List<String> all = new ArrayList<>();
        for (String text : texts) {
            boolean bare = isMeant(text);
            all.add(bare || text.endsWith("=-") ? text.substring(0, text.length() - 1) + value() : text);
        }
        return all;
    }

    /** A file's name, or the text itself where that is a literal. */
    private String value() {
        byte[] head = read();
        String text = new String(head, StandardCharsets.ISO_8859_1);
        Optional<String> ending = ending(text);
        if (ending.isPresent()) {
            return named(ending.get()).toString();
        }
        return text.stripLeading().matches("(?s)[\\[{\"0-9tf+-].*")
                        && text.chars().noneMatch(c -> c < 9)
                ? literal()
                : named(".pb").toString();
    }

    /** The ending of files that begin so. */
    private static Optional<String> ending(String text) {
        if (text.length() > 8 && text.charAt(8) == '{' && text.charAt(7) == 0) {
            return Optional.of(".safetensors"); // the length of its header comes first
        }
        return ENDINGS.entrySet().stream()
                .filter(e -> text.startsWith(e.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private String literal() {
        Path all = named(".txt");
        try {
            if (Files.size(all) > LONGEST_LITERAL) {
                throw usage("the text on the standard input is too long for a value", "give large values as .npy");
            }
            return Files.readString(all).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Keeps all of the standard input; its first bytes. */
    private byte[] read() {
        if (read) {
            throw usage("the standard input can be one thing, and - stands for two", "give one of them as a file");
        }
        read = true;
        try {
            folder = Files.createTempDirectory("lathe-stdin");
            Path to = folder.resolve("stdin");
            file = to;
            byte[] head = in.readNBytes(HEAD);
            if (head.length == 0) {
                throw usage("there is nothing on the standard input", "pipe a file into the command, or name one");
            }
            try (OutputStream out = Files.newOutputStream(to)) {
                out.write(head);
                in.transferTo(out);
            }
            return head;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path named(String ending) {
        if (folder == null || file == null) {
            throw new IllegalStateException("nothing was read");
        }
        try {
            file = Files.move(file, folder.resolve("stdin" + ending));
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.stdin", what, fix)));
    }

    @Override
    public void close() {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
            if (folder != null) {
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            // It lies in the system's folder for such files.
        }
    }
}
