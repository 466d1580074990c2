package dev.lathe.cli;

import dev.lathe.compress.Compressor;
import dev.lathe.compress.Dataset;
import dev.lathe.data.DataReader;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code --data}: inputs like those of practice. */
final class DataFlags {
    @Option(
            names = "--data",
            paramLabel = "PATH",
            description = "Inputs like those of practice: a folder with a folder of images for each class, or with a"
                    + " file for each call (an image, .npy, .pb, or an archive with all inputs); an .npz, .npy or"
                    + " .safetensors file, whose first axis counts samples; an idx file such as"
                    + " t10k-images-idx3-ubyte.gz; a .csv file; or a .txt file with a text in each line. Default:"
                    + " random inputs.")
    private @Nullable Path data;

    @Option(
            names = "--labels",
            paramLabel = "FILE|COLUMN",
            description = "What is right for each sample, for --check accuracy: a .npy or idx file, a text file with a"
                    + " number in each line, or a column of a .csv file. Default: what comes with the data, such as the"
                    + " names of folders, or an array or a column named labels.")
    private @Nullable String labels;

    @Option(
            names = "--tokenizer",
            paramLabel = "FILE",
            description = "The vocab.txt or tokenizer.json file that makes tokens of texts. Default: the one beside the"
                    + " texts.")
    private @Nullable Path tokenizer;

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
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.data", "--samples " + samples + " uses nothing", "give a number from 1")));
        }
        DataReader reader = DataReader.of(graph).shapes(shapes).pictures(pictures.reader());
        if (labels != null) {
            reader.labels(labels);
        }
        if (tokenizer != null) {
            reader.tokenizer(tokenizer);
        }
        return reader.read(path).first(samples);
    }
}
