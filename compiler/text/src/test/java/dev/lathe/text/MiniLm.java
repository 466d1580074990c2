package dev.lathe.text;

import dev.lathe.Lathe;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The files of all-MiniLM-L6-v2 in a folder, as sentence-transformers has them, with the model compiled, too. The model
 * and its tokenizer come from the class path of the tests; the configuration is that of the model.
 */
public final class MiniLm {
    private MiniLm() {}

    /** Writes the files; {@code folder} is made. */
    public static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path onnx = folder.resolve("model.onnx");
        copy("all-minilm-l6-v2.onnx", onnx);
        Lathe.compile(onnx).write(folder.resolve("model.jar"));
        copy("all-minilm-l6-v2-tokenizer.json", folder.resolve("tokenizer.json"));
        new ToyModel(folder)
                .modules("Transformer", "Pooling", "Normalize")
                .file(
                        "1_Pooling/config.json",
                        "{\"word_embedding_dimension\": 384, \"pooling_mode_mean_tokens\": true}")
                .file("sentence_bert_config.json", "{\"max_seq_length\": 256, \"do_lower_case\": false}");
        return folder;
    }

    private static void copy(String resource, Path to) throws IOException {
        try (InputStream in = MiniLm.class.getResourceAsStream("/" + resource)) {
            if (in == null) {
                throw new IOException("the class path of the tests has no " + resource);
            }
            Files.copy(in, to);
        }
    }
}
