package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;

/**
 * Tiles as Windows calls them, called as Linux calls: code between the two passes the arguments on. It ends the JVM by
 * an invalid instruction if a register that belongs to the caller comes back with something else.
 */
final class WindowsCalls {
    /** Arguments of a tile behind the first six. */
    private static final int TILE_ARGUMENTS = 24;
    /** Those of a convolution of channels with filters of their own. */
    private static final int DEPTHWISE_ARGUMENTS = 14;
    /** Those of what adds up columns, and of what turns rows over. */
    private static final int COLUMNS_ARGUMENTS = 7;

    private static final int TURN_ARGUMENTS = 2;
    private static final int PANELS_ARGUMENTS = 7;
    private static final int ROW_ARGUMENTS = 4;
    private static final int PACKED_ROW_ARGUMENTS = 5;

    private final ByteArrayOutputStream code = new ByteArrayOutputStream();

    private WindowsCalls() {}

    static MachineTiles of(TileCode.Kind kind, Form form) throws ExecutableMemory.RefusedException {
        TileCode.Tiles tiles = TileCode.write(kind, form, Convention.WINDOWS);
        WindowsCalls calls = new WindowsCalls();
        calls.code.writeBytes(tiles.bytes());
        for (int[][] walk : tiles.entries().values()) {
            for (int[] vectors : walk) {
                for (int rows = 1; rows < vectors.length; rows++) {
                    int tile = vectors[rows];
                    vectors[rows] = calls.code.size();
                    calls.between(tile, TILE_ARGUMENTS);
                }
            }
        }
        byte[] code = calls.code.toByteArray();
        return new MachineTiles(form, ExecutableMemory.of(Convention.SYSTEM_V).holding(code), tiles.entries());
    }

    static MachineDepthwise depthwise(TapLine line) throws ExecutableMemory.RefusedException {
        Map<DepthwiseCode.End, MemorySegment> functions = new EnumMap<>(DepthwiseCode.End.class);
        for (DepthwiseCode.End end : DepthwiseCode.End.values()) {
            functions.put(end, function(DepthwiseCode.convolution(Convention.WINDOWS, end, line), DEPTHWISE_ARGUMENTS));
        }
        return new MachineDepthwise(line, functions);
    }

    static MachinePools pools() throws ExecutableMemory.RefusedException {
        return new MachinePools(
                function(DepthwiseCode.pool(Convention.WINDOWS, DepthwiseCode.Operation.ADD), DEPTHWISE_ARGUMENTS),
                function(DepthwiseCode.pool(Convention.WINDOWS, DepthwiseCode.Operation.MAX), DEPTHWISE_ARGUMENTS));
    }

    static MachineSparse sparse(Form form) throws ExecutableMemory.RefusedException {
        MemorySegment[] columns = new MemorySegment[SparseCode.maxVectors(form) + 1];
        MemorySegment[] fill = new MemorySegment[columns.length];
        for (int vectors = 1; vectors < columns.length; vectors++) {
            columns[vectors] = function(SparseCode.columns(Convention.WINDOWS, form, vectors), COLUMNS_ARGUMENTS);
            fill[vectors] = function(SparseCode.fill(Convention.WINDOWS, form, vectors), 0);
        }
        return new MachineSparse(
                form, columns, fill, function(SparseCode.turn(Convention.WINDOWS, form), TURN_ARGUMENTS), panels(form));
    }

    static MachineRowProducts rowProducts() throws ExecutableMemory.RefusedException {
        return new MachineRowProducts(
                function(RowProductCode.dots(Convention.WINDOWS), ROW_ARGUMENTS),
                function(RowProductCode.sums(Convention.WINDOWS), ROW_ARGUMENTS));
    }

    static MachinePackedRow packedRow(Form form) throws ExecutableMemory.RefusedException {
        MemorySegment[] functions = new MemorySegment[PackedRowCode.MOST + 1];
        for (int panels = 1; panels < functions.length; panels++) {
            functions[panels] = function(PackedRowCode.write(Convention.WINDOWS, form, panels), PACKED_ROW_ARGUMENTS);
        }
        return new MachinePackedRow(form, functions);
    }

    private static MachinePanels panels(Form form) throws ExecutableMemory.RefusedException {
        MemorySegment[] functions = new MemorySegment[TileCode.maxRows(form) + 1];
        for (int rows = 1; rows < functions.length; rows++) {
            functions[rows] = function(PanelCode.write(Convention.WINDOWS, form, rows), PANELS_ARGUMENTS);
        }
        return new MachinePanels(form, functions);
    }

    private static MemorySegment function(byte[] code, int arguments) throws ExecutableMemory.RefusedException {
        WindowsCalls calls = new WindowsCalls();
        calls.code.writeBytes(code);
        int entry = calls.code.size();
        calls.between(0, arguments);
        return ExecutableMemory.of(Convention.SYSTEM_V)
                .holding(calls.code.toByteArray())
                .asSlice(entry);
    }

    private void add(int... bytes) {
        for (int b : bytes) {
            code.write(b);
        }
    }

    private void addInt(int value) {
        add(value, value >> 8, value >> 16, value >> 24);
    }

    /** {@code arguments} are those that Linux passes on the stack. */
    private void between(int function, int arguments) {
        // Of the stack: room for the callee, two more arguments, these, two registers; with the return address whole
        // vectors.
        int saved = 0x30 + 8 * arguments;
        int frame = (saved + 16) / 16 * 16 + 8;
        add(0x48, 0x81, 0xEC); // sub rsp, frame
        addInt(frame);
        add(0x4C, 0x89, 0x44, 0x24, 0x20); // mov [rsp+0x20], r8
        add(0x4C, 0x89, 0x4C, 0x24, 0x28); // mov [rsp+0x28], r9
        for (int i = 0; i < arguments; i++) {
            add(0x48, 0x8B, 0x84, 0x24); // mov rax, [rsp+…]
            addInt(frame + 8 + 8 * i);
            add(0x48, 0x89, 0x84, 0x24); // mov [rsp+…], rax
            addInt(0x30 + 8 * i);
        }
        add(0x48, 0x89, 0xBC, 0x24); // mov [rsp+…], rdi
        addInt(saved);
        add(0x48, 0x89, 0xB4, 0x24); // mov [rsp+…], rsi
        addInt(saved + 8);
        add(0x49, 0x89, 0xC9, 0x49, 0x89, 0xD0); // mov r9, rcx; mov r8, rdx
        add(0x48, 0x89, 0xF2, 0x48, 0x89, 0xF9); // mov rdx, rsi; mov rcx, rdi
        add(0xC4, 0xE1, 0xF9, 0x6E, 0xF7, 0xC4, 0x61, 0xF9, 0x6E, 0xFF); // vmovq xmm6, rdi; vmovq xmm15, rdi
        add(0xE8); // call
        addInt(function - (code.size() + 4));
        add(0x48, 0x3B, 0xBC, 0x24); // cmp rdi, [rsp+…]; jne wrong
        addInt(saved);
        add(0x75, 38);
        add(0x48, 0x3B, 0xB4, 0x24); // cmp rsi, [rsp+…]; jne wrong
        addInt(saved + 8);
        add(0x75, 28);
        add(0xC4, 0xE1, 0xF9, 0x7E, 0xF0, 0x48, 0x39, 0xF8, 0x75, 18); // vmovq rax, xmm6; cmp; jne wrong
        add(0xC4, 0x61, 0xF9, 0x7E, 0xF8, 0x48, 0x39, 0xF8, 0x75, 8); // vmovq rax, xmm15; cmp rax, rdi; jne wrong
        add(0x48, 0x81, 0xC4); // add rsp, frame
        addInt(frame);
        add(0xC3, 0x0F, 0x0B); // ret; wrong: ud2
    }
}
