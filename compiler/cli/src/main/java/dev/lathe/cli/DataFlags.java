package dev.lathe.cli;

import dev.lathe.compress.Compressor;
import dev.lathe.compress.Dataset;
import dev.lathe.input.InputRoles;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.runtime.input.Npz;
import dev.lathe.runtime.input.PictureReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code --data}: inputs like those of practice. */
final class DataFlags {
    @Option(
            names = "--data",
            paramLabel = "PATH",
            description = "Inputs like those of practice: an .npz file with an array for each input, whose first axis"
                    + " counts samples; or a folder with a file for each call, an image (.png .jpg .gif .bmp), .npy,"
                    + " .pb, or an .npz with an entry for each input. Default: random inputs.")
    private @Nullable Path data;

    @Option(
            names = "--samples",
            paramLabel = "N",
            defaultValue = "128",
            description = "Use at most N calls of the data. Default: 128.")
    private int samples;

    @Mixin
    private PictureFlags pictures = new PictureFlags();

    boolean isGiven() {
        return data != null;
    }

    /** The compressor with the data, if they are given. */
    Compressor addTo(Compressor compressor, Map<String, Shape> shapes) {
        return data == null
                ? compressor
                : compressor.data(dataset(data, compressor.original().graph(), shapes));
    }

    private Dataset dataset(Path path, Graph graph, Map<String, Shape> shapes) {
        if (samples < 1) {
            throw usage("--samples " + samples + " uses nothing", "give a number from 1");
        }
        List<Port> ports =
                graph.inputs().stream().map(v -> new Port(v.name(), v.type())).toList();
        InputRoles roles = new InputRoles(graph);
        PictureReader reader = pictures.reader();
        if (Files.isDirectory(path)) {
            List<Path> files = files(path);
            return Dataset.of(
                            files.size(),
                            i -> new InputValues(ports, roles::of)
                                    .shapes(shapes)
                                    .pictures(reader)
                                    .read(List.of(files.get(i).toString())))
                    .first(samples);
        }
        if (!path.toString().toLowerCase(Locale.ROOT).endsWith(".npz")) {
            throw usage(
                    path + " is neither a folder nor an .npz file", "see `lathe quantize --help` for what data are");
        }
        return Dataset.rows(Npz.read(path), ports, path).first(samples);
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            List<Path> files = all.filter(Files::isRegularFile).sorted().toList();
            if (files.isEmpty()) {
                throw usage("there is no file in " + folder, "give a folder with a file for each call");
            }
            return files;
        } catch (IOException e) {
            throw usage("cannot read the folder " + folder + ": " + e.getMessage(), "check the path");
        }
    }

    private static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.data", what, fix)));
    }
}
