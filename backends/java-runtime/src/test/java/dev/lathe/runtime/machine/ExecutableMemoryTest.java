package dev.lathe.runtime.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.runtime.machine.Assembler.Form;
import java.io.IOException;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Memory with code in it, and tiles beside memory that nobody may touch. */
class ExecutableMemoryTest {
    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final long PAGE = 4096;

    @BeforeEach
    void needsLinux() {
        Assumptions.assumeTrue(MachineCode.missing().isEmpty(), MachineCode.missing());
        Assumptions.assumeTrue(Files.exists(MAPS), "the test reads " + MAPS);
    }

    /** A function that gives back its first argument. */
    private static byte[] identity() {
        return new Assembler(Form.VEX).mov(Assembler.RAX, Assembler.RDI).ret().code();
    }

    private static String permissions(long address) throws IOException {
        for (String line : Files.readAllLines(MAPS)) {
            String[] range = line.substring(0, line.indexOf(' ')).split("-");
            if (Long.parseUnsignedLong(range[0], 16) <= address && address < Long.parseUnsignedLong(range[1], 16)) {
                return line.substring(line.indexOf(' ') + 1, line.indexOf(' ') + 4);
            }
        }
        return "";
    }

    @Test
    void codeIsExecutableAndNotWritable() throws Exception {
        MemorySegment code = ExecutableMemory.of(Convention.SYSTEM_V).holding(identity());
        assertThat(ExecutableMemory.call(code, 42)).isEqualTo(42);
        assertThat(permissions(code.address())).isEqualTo("r-x");
        // No mapping of the file through which it was written is left.
        List<String> own = Files.readAllLines(MAPS).stream()
                .filter(line -> line.contains("lathe-tiles"))
                .toList();
        assertThat(own).isNotEmpty().allMatch(line -> line.contains(" r-xs "));
    }

    @Test
    void aMissingFunctionIsARefusal() {
        assertThatThrownBy(() -> ExecutableMemory.of(Convention.SYSTEM_V).call("no_such_function"))
                .isInstanceOf(ExecutableMemory.RefusedException.class)
                .hasMessageContaining("no_such_function");
    }

    /** A page that may not be touched directly behind operands: to read or write one byte too many ends the JVM. */
    @Test
    void tilesTouchNothingBehindTheirOperands() throws Throwable {
        Random random = new Random(9);
        for (Form form : Form.values()) {
            MachineTiles tiles = MachineCode.floats(2 * form.lanes);
            if (tiles == null) {
                continue;
            }
            int width = tiles.width();
            try (Guarded memory = new Guarded()) {
                for (int rows = 1; rows <= tiles.maxRows(); rows++) {
                    for (int columns = 1; columns <= width; columns++) {
                        int depth = random.nextInt(9);
                        int lines = 1 + random.nextInt(3);
                        int reach = (lines - 1) * (depth + 2) + depth;
                        int vectors = columns <= width / 2 ? 1 : 2;
                        // Each at the end of its page in turn; rows, panel, starts, result, addend.
                        MemorySegment a = memory.atEnd(0, 4L * ((rows - 1) * (depth + 1) + reach));
                        MemorySegment b = memory.atEnd(1, 4L * lines * depth * width - (vectors == 1 ? 2L * width : 0));
                        MemorySegment init = memory.atEnd(2, 4L * vectors * form.lanes);
                        MemorySegment c = memory.atEnd(3, 4L * ((rows - 1) * (columns + 1) + columns));
                        MemorySegment addend = memory.atEnd(4, 4L * ((rows - 1) * (columns + 1) + columns));
                        MachineTiles.CALL.invokeExact(
                                tiles.entry(vectors, rows),
                                a,
                                b,
                                init,
                                c,
                                4L * (depth + 1),
                                (long) depth,
                                0L,
                                0L,
                                0L,
                                0L,
                                4L * (columns + 1),
                                (1L << columns) - 1,
                                MemorySegment.NULL,
                                0L,
                                MemorySegment.NULL,
                                1L,
                                tiles.hasEnds() ? TileCode.ADDS | TileCode.CUTS : 0L,
                                addend,
                                0L,
                                4L * (columns + 1),
                                0L,
                                0L,
                                0L,
                                0L,
                                0L,
                                MemorySegment.NULL,
                                MemorySegment.NULL,
                                0L,
                                (long) lines,
                                8L);
                    }
                }
            }
        }
    }

    /** Operands that each end where a page begins that nobody may touch. */
    private static final class Guarded implements AutoCloseable {
        private static final long READ_WRITE = 3;
        private static final long PRIVATE_ANONYMOUS = 0x22;
        private static final long PAGES = 4;
        private static final int OPERANDS = 5;
        private static final long EACH = (PAGES + 1) * PAGE;

        private final long start;

        Guarded() throws ExecutableMemory.RefusedException {
            start = system("mmap", 0, OPERANDS * EACH, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
            assertThat(start).isNotEqualTo(-1);
            for (int i = 0; i < OPERANDS; i++) {
                assertThat((int) system("mprotect", start + i * EACH + PAGES * PAGE, PAGE, 0))
                        .isZero();
            }
        }

        private static long system(String function, long... arguments) {
            return ExecutableMemory.call(
                    Linker.nativeLinker().defaultLookup().find(function).orElseThrow(), arguments);
        }

        MemorySegment atEnd(int operand, long bytes) {
            long used = Math.max(0, bytes);
            return MemorySegment.ofAddress(start + operand * EACH + PAGES * PAGE - used)
                    .reinterpret(used);
        }

        @Override
        public void close() {
            system("munmap", start, OPERANDS * EACH);
        }
    }
}
