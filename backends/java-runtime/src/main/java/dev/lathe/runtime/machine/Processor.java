package dev.lathe.runtime.machine;

import static dev.lathe.runtime.machine.Assembler.RAX;
import static dev.lathe.runtime.machine.Assembler.RBX;
import static dev.lathe.runtime.machine.Assembler.RCX;
import static dev.lathe.runtime.machine.Assembler.RDI;
import static dev.lathe.runtime.machine.Assembler.RDX;
import static dev.lathe.runtime.machine.Assembler.RSI;

import dev.lathe.runtime.machine.Assembler.Form;
import dev.lathe.runtime.machine.Assembler.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What the processor can run, and the system saves when it changes threads. The instruction {@code cpuid} tells: where
 * tiles cannot run, code that asks cannot either, so nothing is lost by not reading {@code /proc/cpuinfo}, which only
 * Linux has and which says nothing of what the system saves.
 *
 * @param avx2 vectors of 256 bits, with {@code fma}
 * @param avx512 vectors of 512 bits, and masks for elements of 32 bits
 * @param bytes products of bytes in vectors of 256 bits (AVX-VNNI)
 * @param bytes512 the same of 512 bits (AVX-512 VNNI)
 * @param halves512 products of brain floats in vectors of 512 bits (AVX-512 BF16)
 */
record Processor(boolean avx2, boolean avx512, boolean bytes, boolean bytes512, boolean halves512) {
    /** Where in the code {@code xgetbv} is asked. */
    private static final int SECOND = 64;

    /** Where results stand: eax, ebx, ecx, edx. */
    private static final int EAX = 0;

    private static final int EBX = 1;
    private static final int ECX = 2;

    /** What the system saves, as bits of the register {@code XCR0}. */
    private static final int SAVES_256 = 0x06;

    private static final int SAVES_512 = 0xE6;

    /** Asks the processor. */
    static Processor ask(Convention convention, ExecutableMemory memory) throws ExecutableMemory.RefusedException {
        MemorySegment code = memory.holding(code(convention));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment answer = arena.allocate(ValueLayout.JAVA_INT, 4);
            if (cpuid(code, answer, 0, 0)[EAX] < 7) {
                return new Processor(false, false, false, false, false);
            }
            int[] first = cpuid(code, answer, 1, 0);
            int[] seventh = cpuid(code, answer, 7, 0);
            int[] more = seventh[EAX] >= 1 ? cpuid(code, answer, 7, 1) : new int[4];
            int saved = 0;
            if (bit(first[ECX], 27)) { // else xgetbv is no instruction
                ExecutableMemory.call(code.asSlice(SECOND), answer.address());
                saved = answer.getAtIndex(ValueLayout.JAVA_INT, EAX);
            }
            return of(first, seventh, more, saved);
        }
    }

    /** What the answers to leaf 1, leaf 7 and the second part of leaf 7 mean. */
    static Processor of(int[] first, int[] seventh, int[] more, int saved) {
        boolean avx2 = (saved & SAVES_256) == SAVES_256
                && bit(first[ECX], 12) // FMA
                && bit(first[ECX], 28) // AVX
                && bit(seventh[EBX], 5);
        boolean avx512 = avx2
                && (saved & SAVES_512) == SAVES_512
                && bit(seventh[EBX], 16) // F
                && bit(seventh[EBX], 17) // DQ
                && bit(seventh[EBX], 30) // BW
                && bit(seventh[EBX], 31); // VL
        return new Processor(
                avx2, avx512, avx2 && bit(more[EAX], 4), avx512 && bit(seventh[ECX], 11), avx512 && bit(more[EAX], 5));
    }

    private static boolean bit(int word, int number) {
        return (word >> number & 1) != 0;
    }

    /** Whether it runs tiles of a kind on vectors of a form. */
    boolean runs(TileCode.Kind kind, Form form) {
        boolean wide = form == Form.EVEX;
        return switch (kind) {
            case FLOATS -> wide ? avx512 : avx2;
            case BYTES -> wide ? bytes512 : bytes;
            case HALVES -> wide && halves512;
        };
    }

    private static int[] cpuid(MemorySegment code, MemorySegment answer, int leaf, int part) {
        ExecutableMemory.call(code, answer.address(), leaf, part);
        return answer.toArray(ValueLayout.JAVA_INT);
    }

    /** Two functions: the first has an address, a leaf and its part, the second an address; both write there. */
    static byte[] code(Convention convention) {
        Assembler a = new Assembler(Form.VEX);
        boolean windows = convention == Convention.WINDOWS;
        if (windows) {
            a.push(RDI).push(RSI).mov(RDI, RCX).mov(RSI, RDX).mov(RDX, Assembler.R8);
        }
        a.push(RBX).mov(RAX, RSI).mov(RCX, RDX).cpuid();
        a.movInt(Memory.at(RDI, 0), RAX).movInt(Memory.at(RDI, 4), RBX);
        a.movInt(Memory.at(RDI, 8), RCX).movInt(Memory.at(RDI, 12), RDX).pop(RBX);
        if (windows) {
            a.pop(RSI).pop(RDI);
        }
        a.ret().align(SECOND);
        if (windows) {
            a.push(RDI).mov(RDI, RCX);
        }
        a.clear(RCX).xgetbv().movInt(Memory.at(RDI, 0), RAX);
        if (windows) {
            a.pop(RDI);
        }
        return a.ret().code();
    }

    @Override
    public String toString() {
        return avx512
                ? "AVX-512" + (bytes512 ? ", VNNI" : "") + (halves512 ? ", BF16" : "")
                : avx2 ? "AVX2" + (bytes ? ", AVX-VNNI" : "") : "no AVX2";
    }
}
