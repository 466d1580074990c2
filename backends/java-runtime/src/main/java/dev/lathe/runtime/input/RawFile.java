package dev.lathe.runtime.input;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The bare elements of a tensor, little-endian and in C order, of the type and shape that the input declares. One
 * open size that nobody gives is what the length of the file tells.
 */
record RawFile(Port port, SymbolSizes sizes) {

    Tensor read(Path file) {
        if (!(port.type() instanceof TensorType type)
                || !type.isRanked()
                || type.element().bits() == 0) {
            throw failure(file + " cannot hold a " + port.type(), "give a .npy or .pb file");
        }
        byte[] bytes;
        try {
            long length = Files.size(file);
            if (length > Integer.MAX_VALUE - 16) {
                throw failure(file + " has " + length + " bytes", "give a .npy file, which may be larger");
            }
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw failure(file + " cannot be read: " + e.getMessage(), "check the file's permissions");
        }
        long[] dims = dims(type, bytes.length);
        long needed = elements(dims, -1);
        needed = needed < 0 ? -1 : type.element().bytes(needed);
        if (needed != bytes.length) {
            throw failure(
                    file + " has " + bytes.length + " bytes, but a "
                            + type.element().text() + Arrays.toString(dims) + " has "
                            + (needed < 0 ? "too many" : needed),
                    "choose the sizes with --shape " + port.name() + "=1x2x3, or give a .npy file");
        }
        Tensor t = Tensor.zeros(type.element(), dims);
        t.data().copyFrom(MemorySegment.ofArray(bytes));
        return t;
    }

    /** The sizes of all dimensions; the last open one is what the length of the file makes it. */
    private long[] dims(TensorType type, long bytes) {
        long[] dims = new long[type.rank()];
        int open = -1;
        for (int i = 0; i < dims.length; i++) {
            Dim dim = type.dim(i);
            dims[i] = dim.evaluate(sizes::size);
            if (dim.isSymbol() && sizes.assumed().containsKey(dim.symbolName())) {
                open = i;
            }
        }
        long others = elements(dims, open);
        if (open >= 0 && others > 0) {
            dims[open] = bytes * 8 / type.element().bits() / others;
        }
        return dims;
    }

    /** The product of all sizes but that of {@code left}; -1 if it is too large for a file. */
    private static long elements(long[] dims, int left) {
        long product = 1;
        for (int i = 0; i < dims.length; i++) {
            if (i != left && dims[i] != 0 && product > (1L << 40) / dims[i]) {
                return -1;
            }
            product *= i == left ? 1 : dims[i];
        }
        return product;
    }

    private LatheException failure(String what, String fix) {
        return new LatheException(Diagnostic.error("input.raw", "input \"" + port.name() + "\": " + what, fix));
    }
}
