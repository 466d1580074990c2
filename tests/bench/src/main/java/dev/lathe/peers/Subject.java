package dev.lathe.peers;

import dev.lathe.compress.Compressor;
import dev.lathe.compress.Dataset;
import dev.lathe.compress.Metric;
import dev.lathe.data.DataReader;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Graph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A model that compression is tried on.
 *
 * @param data what ranges and other statistics come from
 * @param tests what is compared on: other calls than those of {@link #data}
 * @param training trains a compressed graph further, where there are images to do so
 * @param ways what is tried unless told otherwise, see {@link CompressionBench}
 */
record Subject(Path model, Dataset data, Dataset tests, Metric metric, Optional<Training> training, List<String> ways) {
    /** How a compressed model is trained again. */
    interface Training {
        Graph apply(Graph graph, int steps);
    }

    private static final int CALLS_OF_DATA = 16;
    private static final int CALLS = 16;
    private static final int LINES_OF_DATA = 32;
    private static final int LINES = 200;
    private static final int PAGES_OF_DATA = 12;
    private static final int PAGES = 20;
    private static final int SENTENCES_OF_DATA = 64;
    private static final int SENTENCES = 600;
    private static final int BATCH = 100;
    private static final int BATCHES_OF_DATA = 5;

    private static final List<String> CURES = List.of(
            "static",
            "static:equalize-layers",
            "static:smooth-quant",
            "static:clip-outliers",
            "static:gptq",
            "static:adaround",
            "static:correct-bias",
            "static:adapt-batch-norm",
            "static:auto");

    /** By name; {@code folder} has the data of those that need some. */
    static Subject of(String name, Optional<Path> folder) throws IOException {
        return switch (name) {
            case "lines" ->
                new Subject(
                        Zoo.OCR_RECOGNITION.fetch(),
                        DrawnText.lines(LINES, LINES_OF_DATA),
                        DrawnText.lines(0, LINES),
                        DrawnText.reading(),
                        Optional.empty(),
                        CURES);
            case "pages" ->
                new Subject(
                        Zoo.OCR_DETECTION.fetch(),
                        DrawnText.pages(PAGES, PAGES_OF_DATA),
                        DrawnText.pages(0, PAGES),
                        DrawnText.overlap(),
                        Optional.empty(),
                        CURES);
            case "sentences" -> sentences(needed(folder, "the folder of WordNet"));
            case "fashion" -> fashion(needed(folder, "the folder of Fashion-MNIST"));
            default -> network(Network.valueOf(name.toUpperCase(Locale.ROOT)));
        };
    }

    private static Path needed(Optional<Path> folder, String what) {
        return folder.orElseThrow(() -> new IllegalArgumentException("--data with " + what + " is missing"));
    }

    private static Subject network(Network network) throws IOException {
        return new Subject(
                network.file(),
                Dataset.of(CALLS_OF_DATA, i -> network.inputs(CALLS + i)),
                Dataset.of(CALLS, network::inputs),
                Metric.TOP1,
                Optional.empty(),
                List.of("static", "channels30%", "channels50%", "channels70%"));
    }

    private static Subject sentences(Path folder) throws IOException {
        Path model = Zoo.MINILM.fetch();
        Path texts = Files.createTempFile("sentences", ".txt");
        Files.write(texts, WordNet.sentences(folder, SENTENCES + SENTENCES_OF_DATA));
        Dataset all = DataReader.of(Compressor.of(model).original().graph())
                .tokenizer(Zoo.MINILM_TOKENIZER.fetch())
                .read(texts);
        Files.delete(texts);
        return new Subject(
                model,
                Dataset.of(SENTENCES_OF_DATA, i -> all.sample(SENTENCES + i)),
                all.first(SENTENCES),
                Metric.SAME_NEIGHBOUR,
                Optional.empty(),
                List.of(
                        "static",
                        "static:equalize-layers",
                        "static:smooth-quant",
                        "static:clip-outliers",
                        "static:gptq",
                        "static:adaround",
                        "static:correct-bias",
                        "static:auto",
                        "dynamic",
                        "dynamic:smooth-quant",
                        "dynamic:clip-outliers",
                        "dynamic:gptq",
                        "dynamic:auto",
                        "weights4/32",
                        "weights4/32:gptq",
                        "weights4/32:adaround",
                        "weights4/32:auto"));
    }

    private static Subject fashion(Path folder) throws IOException {
        FashionMnist.Images train = FashionMnist.read(folder, "train");
        FashionMnist.Images tests = FashionMnist.read(folder, "t10k");
        return new Subject(
                FashionMnist.file(train),
                train.calls(0, BATCHES_OF_DATA, BATCH),
                tests.calls(0, tests.count() / BATCH, BATCH),
                Metric.ACCURACY,
                Optional.of((graph, steps) ->
                        new Trainer(train, FashionMnist.CLASSES).train(graph, steps, FashionMnist.RATE / 4, true)),
                List.of(
                        "zeros30%",
                        "zeros50%",
                        "zeros70%",
                        "zeros90%",
                        "zeros30%:sparsegpt",
                        "zeros50%:sparsegpt",
                        "zeros70%:sparsegpt",
                        "zeros90%:sparsegpt",
                        "channels30%",
                        "channels50%",
                        "channels70%",
                        "channels90%",
                        "channels30%:repair",
                        "channels50%:repair",
                        "channels70%:repair",
                        "channels90%:repair",
                        "static",
                        "static:gptq",
                        "weights",
                        "weights4",
                        "weights4:gptq"));
    }
}
