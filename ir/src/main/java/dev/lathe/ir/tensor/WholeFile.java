package dev.lathe.ir.tensor;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that are either whole or not there: written beside their place, then renamed. */
public final class WholeFile {
    private static final long PIECE = 1 << 20;

    /** Writes the bytes of one file. */
    @FunctionalInterface
    public interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    private WholeFile() {}

    /**
     * Replaces {@code file} by what {@code content} writes, or leaves it as it was.
     *
     * @throws LatheException if the file cannot be written
     */
    public static void write(Path file, Content content) {
        Path beside = file.resolveSibling("." + file.getFileName() + "."
                + ProcessHandle.current().pid() + "-" + Thread.currentThread().threadId() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(
                    beside,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                content.writeTo(channel);
            }
            try {
                Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException | FileAlreadyExistsException e) {
                Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new LatheException(Diagnostic.error(
                    "file.write",
                    file + " cannot be written: " + reason(e),
                    "check that the folder exists, may be written to, and has room"));
        } finally {
            remove(beside);
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit(); // the file that matters is already decided
        }
    }

    /** Writes all bytes of {@code data} at the channel's position. */
    public static void put(FileChannel channel, MemorySegment data) throws IOException {
        // Only segments over byte arrays and native memory are byte buffers.
        ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE, data.byteSize()));
        for (long at = 0; at < data.byteSize(); at += PIECE) {
            piece.clear().limit((int) Math.min(PIECE, data.byteSize() - at));
            MemorySegment.ofBuffer(piece).copyFrom(data.asSlice(at, piece.limit()));
            while (piece.hasRemaining()) {
                channel.write(piece);
            }
        }
    }

    /** What went wrong in words; the message of some I/O exceptions is only the file's name. */
    static String reason(Exception e) {
        String kind = e.getClass().getSimpleName().replaceAll("Exception$", "");
        return e.getMessage() == null ? kind : kind + " (" + e.getMessage() + ")";
    }
}
