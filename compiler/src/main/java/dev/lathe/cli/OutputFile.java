package dev.lathe.cli;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Files that are complete or not there: written beside their place, then renamed. */
final class OutputFile {
    private OutputFile() {}

    /** Writes something to a path. */
    @FunctionalInterface
    interface Content {
        void writeTo(Path file) throws IOException;
    }

    /** Fails, before any work is done, if {@code file} cannot be written. */
    static void require(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file)) {
            throw unwritable(file, "it is a folder", "give the name of a file in it");
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw unwritable(file, "there is no folder " + folder, "make the folder, or correct the path");
        }
        if (!Files.isWritable(folder)) {
            throw unwritable(file, "no permission to write in " + folder, "write to another folder");
        }
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
        write(file, f -> Files.writeString(f, text, StandardCharsets.UTF_8));
    }

    static void write(Path file, Content content) {
        require(file);
        Path beside = file.resolveSibling(
                "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".part");
        try {
            content.writeTo(beside);
            try {
                Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw unwritable(file, String.valueOf(e.getMessage()), "check the disk's free space and permissions");
        } finally {
            try {
                Files.deleteIfExists(beside);
            } catch (IOException e) {
                beside.toFile().deleteOnExit();
            }
        }
    }

    private static LatheException unwritable(Path file, String why, String fix) {
        return new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error("output.unwritable", "cannot write " + file + ": " + why, fix)));
    }
}
