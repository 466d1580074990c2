package dev.lathe.backend.tvm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Files of objects and libraries on Linux, of 64 bits. One that is cut off ends the process of whoever loads it. */
final class ElfFile {
    /** The length of the header, and where it has the place, size and number of sections. */
    private static final int HEADER = 64;

    private static final int MAGIC = 0x464C457F;
    private static final int SECTIONS_AT = 0x28;
    private static final int SECTION_SIZE_AT = 0x3A;
    private static final int SECTION_COUNT_AT = 0x3C;

    private ElfFile() {}

    /** Whether these bytes are such a file as a whole: the table of its sections is the last thing in it. */
    static boolean isWhole(byte[] bytes) {
        return isWhole(ByteBuffer.wrap(bytes), bytes.length);
    }

    /** Whether this is such a file as a whole. */
    static boolean isWhole(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer header = ByteBuffer.allocate(HEADER);
            while (header.hasRemaining() && channel.read(header) >= 0) {
                // as much as there is
            }
            return isWhole(header.flip(), channel.size());
        }
    }

    private static boolean isWhole(ByteBuffer header, long length) {
        if (header.remaining() < HEADER) {
            return false;
        }
        ByteBuffer b = header.order(ByteOrder.LITTLE_ENDIAN);
        long sections = b.getLong(SECTIONS_AT);
        long bytes = (long) b.getShort(SECTION_SIZE_AT) * b.getShort(SECTION_COUNT_AT);
        return b.getInt(0) == MAGIC && sections >= HEADER && bytes > 0 && sections <= length - bytes;
    }
}
