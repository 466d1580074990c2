package dev.lathe.cli;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.runtime.input.Npz;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Where the results of a call go: a folder of {@code .npy} files, one {@code .npz} file, or {@code -}, the standard
 * output, as {@code .npz}.
 */
record ResultFiles(Path to) {

    /** Whether the standard output is for the bytes alone. */
    boolean replacesText() {
        return to.toString().equals("-");
    }

    private boolean isArchive() {
        return to.toString().toLowerCase(Locale.ROOT).endsWith(".npz");
    }

    /** Fails early if the results could not be written. */
    void require() {
        if (isArchive()) {
            OutputFile.require(to);
        } else if (!replacesText()) {
            OutputFile.requireFolder(to);
        }
    }

    /** Writes the tensors; {@code note} hears of each file, and of what is no tensor. */
    void write(Map<String, Datum> results, Terminal terminal, Consumer<String> note) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        results.forEach((name, value) -> {
            if (value instanceof Tensor t) {
                tensors.put(name, t);
            } else {
                note.accept(
                        name + " is no tensor, and .npy files hold nothing else: not written; --json has its values");
            }
        });
        if (replacesText()) {
            terminal.out().flush();
            try {
                Npz.write(tensors, terminal.bytes());
                terminal.bytes().flush();
            } catch (IOException e) {
                throw OutputFile.failed(Path.of("standard output"), e);
            }
        } else if (isArchive()) {
            WholeFile.write(to, channel -> Npz.write(tensors, Channels.newOutputStream(channel)));
            note.accept("wrote " + to);
        } else {
            writeFolder(tensors, note);
        }
    }

    private void writeFolder(Map<String, Tensor> tensors, Consumer<String> note) {
        Map<Path, String> written = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            Path file = to.resolve(fileName(name) + ".npy");
            String other = written.putIfAbsent(file, name);
            if (other != null) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "output.name",
                                "\"" + other + "\" and \"" + name + "\" would both be " + file,
                                "write all to one file: --output results.npz")));
            }
            Npy.write(tensor, file);
            note.accept("wrote " + file);
        });
    }

    /** Names come from a model, and must not lead out of the folder. */
    private static String fileName(String name) {
        String safe = name.replaceAll("[^A-Za-z0-9._-]", "_");
        return safe.isEmpty() || safe.startsWith(".") ? "_" + safe : safe;
    }
}
