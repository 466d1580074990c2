package dev.lathe.cli;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.WholeFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Files that are complete or not there: written beside their place, then renamed. */
final class OutputFile {
    private OutputFile() {}

    /** Fails, before any work is done, if {@code file} cannot be written. */
    static void require(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file)) {
            throw unwritable(file, "it is a folder", "give the name of a file in it");
        }
        if (isDevice(file)) {
            return;
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw unwritable(file, "there is no folder " + folder, "make the folder, or correct the path");
        }
        if (!Files.isWritable(folder)) {
            throw unwritable(file, "no permission to write in " + folder, "write to another folder");
        }
    }

    /** Fails if {@code file} does not end as its content says; the fix tells the endings that exist. */
    static void requireEnding(Path file, String ending, String fix) {
        if (!file.toString().toLowerCase(Locale.ROOT).endsWith(ending)) {
            throw unwritable(file, "its name does not end in " + ending, fix);
        }
    }

    /** As {@link #require}, for what is written in several steps and so must be a file of its own. */
    static void requireRegular(Path file) {
        if (isDevice(file)) {
            throw unwritable(file, "it is no regular file", "give the name of a file");
        }
        require(file);
    }

    /** A rename would put a file in the place of a device or pipe. */
    private static boolean isDevice(Path file) {
        return Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file);
    }

    /** Fails if {@code folder} cannot be made or written to. */
    static void requireFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw unwritable(folder, "the folder cannot be made", "give a folder, not a file");
        }
        if (!Files.isWritable(folder)) {
            throw unwritable(folder, "no permission to write in it", "write to another folder");
        }
    }

    static void write(Path file, String text) {
        require(file);
        try {
            if (isDevice(file)) {
                Files.writeString(file, text, StandardCharsets.UTF_8);
                return;
            }
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            WholeFile.replace(file, channel -> WholeFile.put(channel, MemorySegment.ofArray(bytes)));
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** What to throw when writing {@code file} failed. */
    static LatheException failed(Path file, IOException e) {
        String why = switch (e) {
            case NoSuchFileException _ -> "its folder takes no files";
            case AccessDeniedException _ -> "no permission";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> String.valueOf(e.getMessage());
        };
        LatheException failure = new LatheException(Diagnostic.error(
                "output.failed",
                "writing " + file + " failed: " + why,
                "check the folder, its permissions and the disk"));
        failure.initCause(e);
        return failure;
    }

    private static LatheException unwritable(Path file, String why, String fix) {
        return new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error("output.unwritable", "cannot write " + file + ": " + why, fix)));
    }
}
