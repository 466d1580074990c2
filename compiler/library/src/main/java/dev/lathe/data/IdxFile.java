package dev.lathe.data;

import dev.lathe.compress.Dataset;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.input.PictureReader;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * The idx format of MNIST and its successors: two zeros, 8 for bytes, the number of axes, the size of each as four
 * bytes with the highest first, and the elements. Packed by gzip where the name ends in {@code .gz}.
 */
final class IdxFile {
    private static final int BYTES = 8;
    private static final int MOST_AXES = 4;

    private IdxFile() {}

    static boolean isOne(Path file) {
        return file.getFileName().toString().matches("(?i).*(ubyte|\\.idx|idx\\d)(\\.gz)?");
    }

    /** The tensor of bytes. */
    static Tensor read(Path file) {
        try (InputStream raw = Files.newInputStream(file);
                DataInputStream in = new DataInputStream(
                        file.toString().endsWith(".gz")
                                ? new BufferedInputStream(new GZIPInputStream(raw, 1 << 16))
                                : new BufferedInputStream(raw))) {
            if (in.readUnsignedShort() != 0 || in.readUnsignedByte() != BYTES) {
                throw DataReader.bad(file + " is no idx file of bytes", "give a file such as t10k-images-idx3-ubyte");
            }
            long[] dims = new long[in.readUnsignedByte()];
            long size = dims.length > 0 && dims.length <= MOST_AXES ? 1 : Integer.MAX_VALUE;
            for (int i = 0; i < dims.length && size < Integer.MAX_VALUE; i++) {
                dims[i] = Integer.toUnsignedLong(in.readInt());
                size = Math.min(Integer.MAX_VALUE, size * dims[i]);
            }
            if (size > Integer.MAX_VALUE - 16) {
                throw DataReader.bad(file + " has too many axes or elements", "check that the file is whole");
            }
            byte[] all = in.readNBytes((int) size);
            if (all.length < size) {
                throw new EOFException("it has " + all.length + " of " + size + " elements");
            }
            return Tensor.of(ElementType.U8, all, dims);
        } catch (IOException e) {
            throw DataReader.bad(
                    file + " cannot be read as idx: " + (e instanceof EOFException ? "it is cut off" : e.getMessage()),
                    "fetch the file again");
        }
    }

    /** Images {@code [samples, height, width]} as values of an input of as many numbers. */
    static Dataset images(Tensor all, Port port, PictureReader reader, Path from) {
        if (!(port.type() instanceof TensorType type) || type.rank() < 2 || all.rank() < 2) {
            throw DataReader.bad(
                    from + " has images " + all.shape() + ", which do not fit the input \"" + port.name() + "\": "
                            + port.type(),
                    "give data of the input's type");
        }
        long each = all.dim(0) == 0 ? 0 : all.size() / all.dim(0);
        long batch = type.dim(0).isConstant() ? type.dim(0).constant() : 1;
        long[] dims = dims(type, all, batch);
        long size = 1;
        for (long d : dims) {
            size *= d;
        }
        if (all.dim(0) > 0 && size != batch * each || batch == 0) {
            throw DataReader.bad(
                    from + " has images of " + all.shape() + ", which do not fit the input \"" + port.name() + "\": "
                            + type,
                    "give images of the model's size: a folder of .png files is brought to it");
        }
        return Dataset.of(Math.toIntExact(all.dim(0) / batch), i -> {
            Tensor t = Tensor.zeros(type.element(), dims);
            for (long k = 0; k < batch * each; k++) {
                put(t, k, all.getLong(i * batch * each + k), reader);
            }
            return Map.of(port.name(), t);
        });
    }

    private static void put(Tensor t, long at, long pixel, PictureReader reader) {
        if (t.element().isFloat()) {
            t.setDouble(
                    at,
                    (pixel * reader.scale() - reader.mean().getFirst())
                            / reader.std().getFirst());
        } else {
            t.setLong(at, pixel);
        }
    }

    /** Open sizes are those of the images, in order; a single one is what is left. */
    private static long[] dims(TensorType type, Tensor all, long batch) {
        long[] dims = new long[type.rank()];
        dims[0] = batch;
        List<Dim> rest = type.shape().dims().subList(1, type.rank());
        long known = 1;
        for (Dim d : rest) {
            known *= d.isConstant() ? Math.max(1, d.constant()) : 1;
        }
        long open = rest.stream().filter(d -> !d.isConstant()).count();
        int axis = 1;
        for (int i = 1; i < dims.length; i++) {
            Dim d = type.dim(i);
            if (d.isConstant()) {
                dims[i] = d.constant();
            } else if (open == 1) {
                dims[i] = all.size() / Math.max(1, all.dim(0)) / known;
            } else {
                dims[i] = axis < all.rank() ? all.dim(axis++) : 1;
            }
        }
        return dims;
    }
}
