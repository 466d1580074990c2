package dev.lathe.runtime.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Memory that holds code. It is written first and executable afterwards, and never both at once: no page is. What a
 * failed step has taken is given back before the next way is tried.
 *
 * <p>Functions of the system are all called as functions of six {@code long}: integers and addresses are passed alike,
 * and arguments that a function does not take are ignored, in both calling conventions. So one handle serves them all;
 * each other one would cost every start some milliseconds.
 */
abstract sealed class ExecutableMemory {
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG));

    private static final long PAGE = 4096;

    /** The system refuses; the message says which step. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        RefusedException(String message) {
            super(message);
        }
    }

    private final SymbolLookup functions;

    private ExecutableMemory(SymbolLookup functions) {
        this.functions = functions;
    }

    /** That of the system which calls so. */
    static ExecutableMemory of(Convention convention) {
        return switch (convention) {
            case SYSTEM_V -> new Linux();
            case WINDOWS -> new Windows();
        };
    }

    /**
     * Memory that holds {@code code} and may be executed. It is given back once nobody can reach the segment.
     *
     * @throws RefusedException if the system grants none
     */
    MemorySegment holding(byte[] code) throws RefusedException {
        long bytes = Math.ceilDiv(code.length, PAGE) * PAGE;
        long address = map(code, bytes);
        return MemorySegment.ofAddress(address).reinterpret(bytes, Arena.ofAuto(), s -> unmap(s.address(), bytes));
    }

    /** The address of executable memory that begins with {@code code}. */
    abstract long map(byte[] code, long bytes) throws RefusedException;

    abstract void unmap(long address, long bytes);

    /** Calls a function; the arguments that are not given are zeros. */
    long call(String function, long... arguments) throws RefusedException {
        MemorySegment address = functions
                .find(function)
                .orElseThrow(() -> new RefusedException("the system has no function " + function));
        return call(address, arguments);
    }

    static long call(MemorySegment function, long... arguments) {
        long[] all = new long[6];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        try {
            return (long) CALL.invokeExact(function, all[0], all[1], all[2], all[3], all[4], all[5]);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e); // functions of the system throw nothing
        }
    }

    private static void write(byte[] code, long address) {
        MemorySegment.copy(
                code,
                0,
                MemorySegment.ofAddress(address).reinterpret(code.length),
                ValueLayout.JAVA_BYTE,
                0,
                code.length);
    }

    /**
     * A file in memory, mapped twice: once to write the code, and, when that mapping is gone, once to execute it. This
     * way no page is ever made executable, which hardened systems refuse. Else pages that are written, and then made
     * executable.
     */
    private static final class Linux extends ExecutableMemory {
        private static final long CLOSE_ON_EXEC = 1;
        /** Says since Linux 6.3 that the file is to be executed; older ones do not know it. */
        private static final long MAY_EXECUTE = 0x10;

        private static final long READ_WRITE = 1 | 2;
        private static final long READ_EXECUTE = 1 | 4;
        private static final long SHARED = 1;
        private static final long PRIVATE_ANONYMOUS = 2 | 0x20;
        private static final long FAILED = -1;

        Linux() {
            super(Linker.nativeLinker().defaultLookup());
        }

        @Override
        long map(byte[] code, long bytes) throws RefusedException {
            long address = ofFile(code, bytes);
            return address != FAILED ? address : ofPages(code, bytes);
        }

        /** {@link #FAILED} if a step is refused. */
        private long ofFile(byte[] code, long bytes) throws RefusedException {
            try (Arena arena = Arena.ofConfined()) {
                long name = arena.allocateFrom("lathe-tiles").address();
                int file = (int) call("memfd_create", name, CLOSE_ON_EXEC | MAY_EXECUTE);
                if (file < 0) {
                    file = (int) call("memfd_create", name, CLOSE_ON_EXEC);
                }
                if (file < 0) {
                    return FAILED;
                }
                try {
                    return (int) call("ftruncate", file, bytes) == 0 ? ofFile(file, code, bytes) : FAILED;
                } finally {
                    call("close", file);
                }
            }
        }

        private long ofFile(int file, byte[] code, long bytes) throws RefusedException {
            long writable = call("mmap", 0, bytes, READ_WRITE, SHARED, file, 0);
            if (writable == FAILED) {
                return FAILED;
            }
            write(code, writable);
            unmap(writable, bytes);
            return call("mmap", 0, bytes, READ_EXECUTE, SHARED, file, 0);
        }

        private long ofPages(byte[] code, long bytes) throws RefusedException {
            long address = call("mmap", 0, bytes, READ_WRITE, PRIVATE_ANONYMOUS, FAILED, 0);
            if (address == FAILED) {
                throw new RefusedException("mmap gives no memory");
            }
            write(code, address);
            if ((int) call("mprotect", address, bytes, READ_EXECUTE) != 0) {
                unmap(address, bytes);
                throw new RefusedException("memory must not be made executable");
            }
            return address;
        }

        @Override
        void unmap(long address, long bytes) {
            try {
                call("munmap", address, bytes);
            } catch (RefusedException e) {
                throw new AssertionError(e); // it was found before
            }
        }
    }

    private static final class Windows extends ExecutableMemory {
        private static final long COMMIT_AND_RESERVE = 0x3000;
        private static final long RELEASE = 0x8000;
        private static final long READ_WRITE = 4;
        private static final long READ_EXECUTE = 0x20;

        Windows() {
            super(SymbolLookup.libraryLookup("kernel32", Arena.global()));
        }

        @Override
        long map(byte[] code, long bytes) throws RefusedException {
            long address = call("VirtualAlloc", 0, bytes, COMMIT_AND_RESERVE, READ_WRITE);
            if (address == 0) {
                throw new RefusedException("VirtualAlloc gives no memory");
            }
            write(code, address);
            try (Arena arena = Arena.ofConfined()) {
                long before = arena.allocate(ValueLayout.JAVA_INT).address();
                if ((int) call("VirtualProtect", address, bytes, READ_EXECUTE, before) == 0) {
                    unmap(address, bytes);
                    throw new RefusedException("memory must not be made executable");
                }
            }
            call("FlushInstructionCache", call("GetCurrentProcess"), address, bytes);
            return address;
        }

        @Override
        void unmap(long address, long bytes) {
            try {
                call("VirtualFree", address, 0, RELEASE);
            } catch (RefusedException e) {
                throw new AssertionError(e); // it was found before
            }
        }
    }
}
