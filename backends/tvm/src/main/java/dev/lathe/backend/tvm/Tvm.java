package dev.lathe.backend.tvm;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The C interface of TVM 0.18. What it has is packed functions, found by name; values are 8 bytes and a code of their
 * type. An object is a handle, which whoever has it frees: {@link Scope} frees all that its calls returned.
 */
final class Tvm {
    private static final int INT = 0;
    private static final int FLOAT = 2;
    static final int HANDLE = 3;
    private static final int NULL = 4;
    private static final int OBJECT = 8;
    private static final int MODULE = 9;
    private static final int FUNCTION = 10;
    private static final int STRING = 11;
    private static final int BOOL = 15;
    static final int INTEGER = INT;
    private static final int RTLD_NOW = 2;
    private static final int RTLD_GLOBAL = 0x100;

    /** An object, module or function of TVM. */
    record Handle(long address, int code) {}

    private final MethodHandle call;
    private final MethodHandle global;
    private final MethodHandle lastError;
    private final MethodHandle moduleFunction;
    private final MethodHandle freeObject;
    private final MethodHandle freeModule;
    private final MethodHandle freeFunction;
    private final Map<String, Long> globals = new ConcurrentHashMap<>();
    /** The handles that nobody has freed yet. */
    private final AtomicLong open = new AtomicLong();

    /**
     * Loads the library, which stays for the life of the process.
     *
     * @throws IllegalArgumentException if it does not load, or is none of TVM
     */
    Tvm(Path library) {
        ValueLayout.OfInt i = ValueLayout.JAVA_INT;
        ValueLayout.OfLong l = ValueLayout.JAVA_LONG;
        ValueLayout a = ValueLayout.ADDRESS;
        showAll(library);
        SymbolLookup symbols = SymbolLookup.libraryLookup(library, Arena.global());
        call = handle(symbols, "TVMFuncCall", FunctionDescriptor.of(i, l, a, a, i, a, a));
        global = handle(symbols, "TVMFuncGetGlobal", FunctionDescriptor.of(i, a, a));
        lastError = handle(symbols, "TVMGetLastError", FunctionDescriptor.of(a));
        moduleFunction = handle(symbols, "TVMModGetFunction", FunctionDescriptor.of(i, l, a, i, a));
        freeObject = handle(symbols, "TVMObjectFree", FunctionDescriptor.of(i, l));
        freeModule = handle(symbols, "TVMModFree", FunctionDescriptor.of(i, l));
        freeFunction = handle(symbols, "TVMFuncFree", FunctionDescriptor.of(i, l));
    }

    /** Loads a library so that those after it see its symbols, which the lookup of the JDK does not do. */
    private static void showAll(Path library) {
        MethodHandle open = handle(
                Linker.nativeLinker().defaultLookup(),
                "dlopen",
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        MethodHandle error =
                handle(Linker.nativeLinker().defaultLookup(), "dlerror", FunctionDescriptor.of(ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment opened =
                    (MemorySegment) open.invokeExact(arena.allocateFrom(library.toString()), RTLD_NOW | RTLD_GLOBAL);
            if (opened.address() == 0) {
                MemorySegment why = (MemorySegment) error.invokeExact();
                throw new IllegalArgumentException(why.address() == 0 ? "dlopen fails" : text(why));
            }
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    private static MethodHandle handle(SymbolLookup symbols, String name, FunctionDescriptor type) {
        return Linker.nativeLinker()
                .downcallHandle(
                        symbols.find(name)
                                .orElseThrow(() -> new IllegalArgumentException("there is no function " + name)),
                        type);
    }

    private static RuntimeException unexpected(Throwable t) {
        if (t instanceof RuntimeException e) {
            return e;
        }
        if (t instanceof Error e) {
            throw e;
        }
        return new IllegalStateException(t);
    }

    private String error() {
        try {
            return text((MemorySegment) lastError.invokeExact());
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    private static String text(MemorySegment address) {
        return address.reinterpret(Long.MAX_VALUE).getString(0);
    }

    private void check(String what, int status) {
        if (status != 0) {
            throw new TvmException(what, error());
        }
    }

    // Functions.

    /** A function of the library by its name. */
    private long function(String name) {
        Long known = globals.get(name);
        if (known != null) {
            return known;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            check(name, (int) global.invokeExact(arena.allocateFrom(name), out));
            long found = out.get(ValueLayout.JAVA_LONG, 0);
            if (found == 0) {
                throw new TvmException(name, "this library has no such function");
            }
            globals.put(name, found);
            return found;
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** The function of a module with this name. */
    Handle function(Handle module, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            check(name, (int) moduleFunction.invokeExact(module.address, arena.allocateFrom(name), 0, out));
            long found = out.get(ValueLayout.JAVA_LONG, 0);
            if (found == 0) {
                throw new TvmException(name, "the module has no such function");
            }
            open.incrementAndGet();
            return new Handle(found, FUNCTION);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /**
     * Calls a function whose result is nothing, or a number that does not matter.
     *
     * @param values 8 bytes for each argument
     * @param codes an int for each
     * @param result 16 bytes that the call may write
     */
    void run(String what, Handle function, MemorySegment values, MemorySegment codes, int count, MemorySegment result) {
        try {
            MemorySegment code = result.asSlice(8);
            check(what, (int) call.invokeExact(function.address, values, codes, count, result, code));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** How many handles that calls returned nobody has freed yet. */
    long openHandles() {
        return open.get();
    }

    void free(Handle h) {
        try {
            int ignored = switch (h.code) {
                case MODULE -> (int) freeModule.invokeExact(h.address);
                case FUNCTION -> (int) freeFunction.invokeExact(h.address);
                default -> (int) freeObject.invokeExact(h.address);
            };
            open.decrementAndGet();
            check("free", ignored);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Calls, and the objects that they returned, which it frees when it is closed. */
    final class Scope implements AutoCloseable {
        private final List<Handle> owned = new ArrayList<>();
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment values = arena.allocate(8L * MOST, 8);
        private final MemorySegment codes = arena.allocate(4L * MOST, 8);
        private final MemorySegment result = arena.allocate(8);
        private final MemorySegment code = arena.allocate(8);
        private static final int MOST = 4096;

        /** Calls a function of the library that returns an object. */
        Handle make(String name, @Nullable Object... arguments) {
            if (call(name, arguments) instanceof Handle h) {
                return h;
            }
            throw new TvmException(name, "returned no object");
        }

        /**
         * Calls a function of the library.
         *
         * @param arguments handles, strings, integers, doubles, truth values or null
         * @return a handle that this scope frees, a string, a number, or null
         */
        @Nullable
        Object call(String name, @Nullable Object... arguments) {
            if (arguments.length > MOST) {
                throw new TvmException(name, "takes no " + arguments.length + " arguments");
            }
            long function = function(name);
            try (Arena own = Arena.ofConfined()) {
                for (int i = 0; i < arguments.length; i++) {
                    put(own, i, arguments[i]);
                }
                check(name, (int) call.invokeExact(function, values, codes, arguments.length, result, code));
            } catch (Throwable t) {
                throw unexpected(t);
            }
            return switch (code.get(ValueLayout.JAVA_INT, 0)) {
                case INT, BOOL -> result.get(ValueLayout.JAVA_LONG, 0);
                case FLOAT -> result.get(ValueLayout.JAVA_DOUBLE, 0);
                case NULL -> null;
                case STRING -> text(result.get(ValueLayout.ADDRESS, 0));
                default -> own(new Handle(result.get(ValueLayout.JAVA_LONG, 0), code.get(ValueLayout.JAVA_INT, 0)));
            };
        }

        private Handle own(Handle h) {
            open.incrementAndGet();
            owned.add(h);
            return h;
        }

        /** Takes a handle out of this scope: the caller frees it. */
        Handle keep(Handle h) {
            owned.remove(owned.lastIndexOf(h));
            return h;
        }

        private void put(Arena own, int i, @Nullable Object o) {
            long value;
            int type;
            switch (o) {
                case null -> {
                    value = 0;
                    type = NULL;
                }
                case Boolean b -> {
                    value = b ? 1 : 0;
                    type = BOOL;
                }
                case Integer n -> {
                    value = n;
                    type = INT;
                }
                case Long n -> {
                    value = n;
                    type = INT;
                }
                case Double d -> {
                    value = Double.doubleToRawLongBits(d);
                    type = FLOAT;
                }
                case String s -> {
                    value = own.allocateFrom(s).address();
                    type = STRING;
                }
                case Handle h -> {
                    value = h.address;
                    type = h.code;
                }
                default -> throw new IllegalArgumentException("no value of TVM: " + o.getClass());
            }
            values.setAtIndex(ValueLayout.JAVA_LONG, i, value);
            codes.setAtIndex(ValueLayout.JAVA_INT, i, type);
        }

        /** A list of objects. */
        Handle list(List<Handle> all) {
            return make("runtime.Array", all.toArray());
        }

        /** How many objects a list has. */
        long size(Handle list) {
            return call("runtime.ArraySize", list) instanceof Long n ? n : 0;
        }

        /** The strings of a list. */
        List<String> strings(Handle list) {
            List<String> all = new ArrayList<>();
            for (long i = 0; i < size(list); i++) {
                all.add(string(call("runtime.ArrayGetItem", list, i)));
            }
            return all;
        }

        /** What a string object holds. */
        String string(@Nullable Object o) {
            if (o instanceof String s) {
                return s;
            }
            if (o instanceof Handle h && h.code == OBJECT) {
                return String.valueOf(call("runtime.GetFFIString", h));
            }
            throw new TvmException("runtime.String", "there is no text");
        }

        @Override
        public void close() {
            for (Handle h : owned.reversed()) {
                free(h);
            }
            owned.clear();
            arena.close();
        }
    }
}
