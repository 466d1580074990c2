package dev.lathe.runtime.input;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** NumPy's {@code .npz} files: archives of {@code .npy} files, packed or not. */
public final class Npz {
    private static final Pattern UP = Pattern.compile("(?<![^/\\\\])\\.\\.(?![^/\\\\])");

    private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

    private Npz() {}

    /**
     * The arrays by name, without the ending {@code .npy}.
     *
     * @throws LatheException if the file is no such archive, or an array in it cannot be read
     */
    public static Map<String, Tensor> read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw failure("there is no file " + file, "check the path");
        }
        Map<String, Tensor> arrays = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                String name = entry.getName();
                if (name.endsWith(".npy")) {
                    arrays.put(name.substring(0, name.length() - ".npy".length()), array(zip, entry, file));
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            throw failure(
                    file + " is no .npz file: " + e.getMessage(),
                    "save the arrays with numpy.savez, or give .npy files");
        }
        return arrays;
    }

    /**
     * Writes arrays by name as numpy.savez does, not packed. A name that could lead out of a folder when the archive is
     * unpacked gets underscores for its dots.
     *
     * @throws LatheException if NumPy has no such element type, or an array has more than 2 GiB
     */
    public static void write(Map<String, Tensor> arrays, OutputStream out) throws IOException {
        ZipOutputStream zip = new ZipOutputStream(out);
        for (Map.Entry<String, Tensor> e : arrays.entrySet()) {
            byte[] bytes = Npy.bytes(e.getValue());
            CRC32 sum = new CRC32();
            sum.update(bytes);
            ZipEntry entry = new ZipEntry(UP.matcher(e.getKey()).replaceAll("__") + ".npy");
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(bytes.length);
            entry.setCrc(sum.getValue());
            entry.setTimeLocal(EPOCH); // equal arrays make equal files
            zip.putNextEntry(entry);
            zip.write(bytes);
            zip.closeEntry();
        }
        zip.finish();
    }

    private static Tensor array(ZipFile zip, ZipEntry entry, Path file) throws IOException {
        long most = Runtime.getRuntime().maxMemory() / 2;
        if (entry.getSize() < 0 || entry.getSize() > Math.min(most, Integer.MAX_VALUE - 16)) {
            throw failure(
                    file + ": the array " + entry.getName() + " has " + entry.getSize() + " bytes, too many for here",
                    "unpack the archive and give the .npy file");
        }
        try (InputStream in = zip.getInputStream(entry)) {
            return Npy.read(in.readNBytes((int) entry.getSize()));
        } catch (LatheException e) {
            Diagnostic d = e.diagnostics().getFirst();
            throw failure(file + ": " + entry.getName() + ": " + d.what(), d.fix());
        }
    }

    private static LatheException failure(String what, String fix) {
        return new LatheException(Diagnostic.error("npz.file", what, fix));
    }
}
