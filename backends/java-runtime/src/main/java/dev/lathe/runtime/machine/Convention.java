package dev.lathe.runtime.machine;

import static dev.lathe.runtime.machine.Assembler.R8;
import static dev.lathe.runtime.machine.Assembler.R9;
import static dev.lathe.runtime.machine.Assembler.RCX;
import static dev.lathe.runtime.machine.Assembler.RDI;
import static dev.lathe.runtime.machine.Assembler.RDX;
import static dev.lathe.runtime.machine.Assembler.RSI;
import static dev.lathe.runtime.machine.Assembler.RSP;

import dev.lathe.runtime.machine.Assembler.Memory;

/**
 * How a system calls functions. Code begins with {@link #enter}; then its first six arguments, integers or addresses,
 * are in {@code rdi}, {@code rsi}, {@code rdx}, {@code rcx}, {@code r8} and {@code r9}, the others where
 * {@link #argument} says, and it may use these registers, {@code rax}, {@code r10}, {@code r11} and all vectors.
 */
enum Convention {
    /** The System V ABI for AMD64: Linux. */
    SYSTEM_V {
        @Override
        void enter(Assembler a) {}

        @Override
        void leave(Assembler a) {
            a.vzeroupper().ret();
        }

        @Override
        Memory argument(int number) {
            return Memory.at(RSP, RETURN + 8 * (number - IN_REGISTERS));
        }
    },

    /**
     * The x64 calling convention of Windows: four arguments in registers, room for these on the stack; {@code rdi},
     * {@code rsi} and ten vectors are the caller's.
     */
    WINDOWS {
        private static final int FIRST_SAVED = 6;
        private static final int LAST_SAVED = 15;
        private static final int VECTORS = 16 * (LAST_SAVED - FIRST_SAVED + 1);
        // What enter has put on the stack, and the address to return to.
        private static final int OWN = VECTORS + 16 + RETURN;

        @Override
        void enter(Assembler a) {
            a.push(RDI).push(RSI).subtractConstant(RSP, VECTORS);
            for (int v = FIRST_SAVED; v <= LAST_SAVED; v++) {
                a.storeQuarter(Memory.at(RSP, 16 * (v - FIRST_SAVED)), v);
            }
            a.mov(RDI, RCX)
                    .mov(RSI, RDX)
                    .mov(RDX, R8)
                    .mov(RCX, R9)
                    .mov(R8, argument(4))
                    .mov(R9, argument(5));
        }

        @Override
        void leave(Assembler a) {
            a.vzeroupper();
            for (int v = FIRST_SAVED; v <= LAST_SAVED; v++) {
                a.loadQuarter(v, Memory.at(RSP, 16 * (v - FIRST_SAVED)));
            }
            a.addConstant(RSP, VECTORS).pop(RSI).pop(RDI).ret();
        }

        @Override
        Memory argument(int number) {
            return Memory.at(RSP, OWN + 8 * number);
        }
    };

    /** The bytes of the address to return to. */
    private static final int RETURN = 8;
    /** Arguments that are in registers after {@link #enter}. */
    private static final int IN_REGISTERS = 6;

    abstract void enter(Assembler a);

    /** Gives back what {@link #enter} took, and returns. */
    abstract void leave(Assembler a);

    /** Where argument {@code number} is, from the seventh on, which has number 6. */
    abstract Memory argument(int number);
}
