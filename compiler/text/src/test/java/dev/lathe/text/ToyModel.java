package dev.lathe.text;

import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.text.IrText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Models in a folder that can be computed by hand. A word of one letter is a token, and each token has two numbers;
 * those of padding are far off, so that nobody can count it and stay unseen.
 */
public final class ToyModel {
    static final float[][] TABLE = {{900, -900}, {9, 9}, {1, 2}, {3, -1}, {4, 0}, {0, 8}, {-2, 6}};

    private static final List<String> WORDS = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c");

    /** The vectors of the tokens. */
    public static final String VECTORS = """
        graph @toy(%%input_ids: i64[%1$s], %%attention_mask: i64[%1$s]) -> (last_hidden_state: f32[%1$s, 2]) {
          %%table = constant [%2$s] : f32[7, 2]
          %%h = gather(%%table, %%input_ids) {axis=0} : f32[%1$s, 2]
          return %%h
        }
        """;

    /** Their sums in each text. */
    public static final String SUMS = """
        graph @toy(%%input_ids: i32[%1$s], %%attention_mask: i32[%1$s]) -> (logits: f32[%3$s, 2]) {
          %%table = constant [%2$s] : f32[7, 2]
          %%h = gather(%%table, %%input_ids) {axis=0} : f32[%1$s, 2]
          %%m = cast(%%attention_mask) {to=f32, saturate=true} : f32[%1$s]
          %%r = reshape(%%m) {shape=[%1$s, 1]} : f32[%1$s, 1]
          %%p = multiply(%%h, %%r) : f32[%1$s, 2]
          %%s = reduce_sum(%%p) {axes=[1], keep_dims=false} : f32[%3$s, 2]
          return %%s
        }
        """;

    /** The second of these sums alone. */
    public static final String ONE_SUM = SUMS.replace(
                    "return %%s", "%%o = slice(%%s) {starts=[0, 1], sizes=[%3$s, 1], steps=[1, 1]}\n  return %%o")
            .replace("logits: f32[%3$s, 2]", "logits: f32[%3$s, 1]");

    private final Path folder;

    public ToyModel(Path folder) {
        this.folder = folder;
    }

    /** Writes the model and its tokenizer; {@code sizes} are those of a call's ids, such as {@code b, s}. */
    public ToyModel model(String graph, String sizes) throws IOException {
        List<String> numbers = new ArrayList<>();
        for (float[] row : TABLE) {
            numbers.add(row[0] + ", " + row[1]);
        }
        String texts = sizes.substring(0, sizes.indexOf(','));
        OnnxExporter.write(
                IrText.parse(graph.formatted(sizes, String.join(", ", numbers), texts)), folder.resolve("model.onnx"));
        return file("tokenizer.json", tokenizer());
    }

    public ToyModel file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return this;
    }

    /** The list of modules, such as {@code Transformer, Pooling, Normalize}. */
    public ToyModel modules(String... kinds) throws IOException {
        List<String> all = new ArrayList<>();
        for (String kind : kinds) {
            String path = all.isEmpty() ? "" : all.size() + "_" + kind;
            all.add("{\"idx\": %d, \"path\": \"%s\", \"type\": \"sentence_transformers.models.%s\"}"
                    .formatted(all.size(), path, kind));
        }
        return file("modules.json", all.toString());
    }

    private static String tokenizer() {
        List<String> vocabulary = new ArrayList<>();
        List<String> special = new ArrayList<>();
        for (int i = 0; i < WORDS.size(); i++) {
            vocabulary.add("\"" + WORDS.get(i) + "\": " + i);
            if (WORDS.get(i).startsWith("[")) {
                special.add("""
                    {"id": %d, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false,
                     "normalized": false, "special": true}\
                    """.formatted(i, WORDS.get(i)));
            }
        }
        return """
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [%s],
             "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                            "strip_accents": null, "lowercase": true},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
             "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                       "max_input_chars_per_word": 100, "vocab": {%s}}}
            """.formatted(String.join(", ", special), String.join(", ", vocabulary));
    }
}
