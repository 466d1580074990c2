package dev.lathe.ir.tensor;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * Files that are either whole or not there: written beside their place, then renamed. Any number of threads and
 * processes may write one file; each has a name of its own beside it, {@code .name.PROCESS-NUMBER.part}, and holds a
 * lock on that while it writes. What a process that was killed left there has no lock, and goes with the next write
 * of that file.
 */
public final class WholeFile {
    private static final long PIECE = 1 << 20;
    /** Of a file's name; file systems limit their length, some to 255 bytes, of which a letter takes up to four. */
    private static final int NAME = 40;
    /**
     * Tells this process from all others, also from one with the same number on another machine or in another
     * container.
     */
    private static final String PROCESS = ProcessHandle.current().pid() + "-"
            + Long.toHexString(System.nanoTime() ^ System.currentTimeMillis() << 20);

    /** Writes the bytes of one file, and leaves the channel open. */
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
        try {
            replace(file, content);
        } catch (IOException | UncheckedIOException e) {
            throw new LatheException(Diagnostic.error(
                    "file.write",
                    file + " cannot be written: " + reason(e),
                    "check that the folder exists, may be written to, and has room"));
        }
    }

    /**
     * As {@link #write}, for callers that tell of a failure themselves. A symbolic link stays one; what it leads to
     * is replaced.
     */
    public static void replace(Path file, Content content) throws IOException {
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        String stem = stem(target);
        removeStale(target, stem);
        while (true) {
            Path beside = target.resolveSibling(stem + PROCESS + "-"
                    + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".part");
            try (FileChannel channel =
                    FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                lock(channel);
                if (!Files.exists(beside)) {
                    continue; // another process took it for stale before the lock
                }
                content.writeTo(channel);
                move(beside, target);
                return;
            } catch (FileAlreadyExistsException e) {
                if (!beside.toString().equals(e.getFile())) {
                    throw e;
                }
            } finally {
                remove(beside);
            }
        }
    }

    /** What the names of all files beside {@code target} start with that are to become it. */
    private static String stem(Path target) {
        String name = String.valueOf(target.getFileName());
        return "."
                + (name.length() <= NAME ? name : name.substring(0, NAME) + "~" + Integer.toHexString(name.hashCode()))
                + ".";
    }

    /** Without locks, as on some network file systems, nothing is taken for stale either. */
    private static void lock(FileChannel channel) {
        try {
            channel.lock();
        } catch (IOException | OverlappingFileLockException e) {
            // The name is its own in any case.
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException | FileAlreadyExistsException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void removeStale(Path target, String stem) {
        Pattern name = Pattern.compile(Pattern.quote(stem) + "[0-9]+(-[0-9a-f]+)*\\.part");
        Path folder = target.getParent();
        if (folder == null) {
            return;
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, p -> {
            String n = String.valueOf(p.getFileName());
            // Those of this process are in use, and may not even be opened: closing them would end their locks.
            return n.startsWith(stem)
                    && !n.startsWith(stem + PROCESS)
                    && name.matcher(n).matches();
        })) {
            for (Path part : all) {
                removeIfStale(part);
            }
        } catch (IOException | UncheckedIOException e) {
            // They stay, and do no harm.
        }
    }

    private static void removeIfStale(Path part) {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                Files.deleteIfExists(part);
            }
        } catch (IOException | OverlappingFileLockException e) {
            // In use, or not ours to remove.
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
    public static String reason(Exception e) {
        String kind = e.getClass().getSimpleName().replaceAll("Exception$", "");
        return e.getMessage() == null ? kind : kind + " (" + e.getMessage() + ")";
    }
}
