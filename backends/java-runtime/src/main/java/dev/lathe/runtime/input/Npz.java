package dev.lathe.runtime.input;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** NumPy's {@code .npz} files: archives of {@code .npy} files, packed or not. */
public final class Npz {
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
