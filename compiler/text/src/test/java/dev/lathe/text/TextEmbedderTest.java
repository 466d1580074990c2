package dev.lathe.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.Lathe;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.tokenizers.Tokenizer;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextEmbedderTest {
    private static final float[] A_B = {(1 + 4 + 0 + 3) / 4f, (2 + 0 + 8 - 1) / 4f};

    @TempDir
    private Path folder;

    private ToyModel toy;

    @BeforeEach
    void write() throws IOException {
        toy = new ToyModel(folder).model(ToyModel.VECTORS, "b, s");
    }

    private static void assertFault(String code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        LatheException.class,
                        e -> assertThat(e.diagnostics().getFirst().code()).isEqualTo(code));
    }

    /** What is not said is as in sentence-transformers: the mean, not scaled. */
    @Test
    void withoutConfigurationItIsTheMean() {
        try (TextEmbedder embedder = TextEmbedder.open(folder)) {
            assertThat(embedder.embed("a b")).containsExactly(A_B);
            assertThat(embedder.dimension()).isEqualTo(2);
            assertThat(embedder.maxTokens()).isEqualTo(512);
        }
    }

    /** By hand, for the tokens [CLS] a b c [SEP] beside a longer text. */
    @ParameterizedTest
    @CsvSource({
        "'\"pooling_mode_cls_token\": true', 1, 2",
        "'\"pooling_mode_cls_token\": false, \"pooling_mode_mean_tokens\": true', 1.2, 3",
        "'\"pooling_mode_max_tokens\": true', 4, 8",
        "'\"pooling_mode_mean_sqrt_len_tokens\": true', 2.6832816, 6.7082039",
        "'\"pooling_mode_weightedmean_tokens\": true', 1.0666667, 3.0",
        "'\"pooling_mode_lasttoken\": true', 3, -1",
        "'\"pooling_mode\": \"lasttoken\"', 3, -1",
    })
    void itPoolsAsConfigured(String config, float first, float second) throws IOException {
        toy.modules("Transformer", "Pooling").file("1_Pooling/config.json", "{" + config + "}");
        try (TextEmbedder embedder = TextEmbedder.open(folder)) {
            float[] vector = embedder.embedAll(List.of("a b c", "a a a a a a a"))
                    .vectors()
                    .getFirst();
            assertThat(vector).containsExactly(new float[] {first, second}, within(1e-6f));
        }
    }

    @Test
    void severalWaysOfPoolingStandOneAfterTheOther() throws IOException {
        toy.file("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\": true, \"pooling_mode_cls_token\": true}");
        try (TextEmbedder embedder = TextEmbedder.open(folder)) {
            assertThat(embedder.embed("a b")).containsExactly(1, 2, A_B[0], A_B[1]);
            assertThat(embedder.dimension()).isEqualTo(4);
        }
    }

    @Test
    void itScalesAsConfigured() throws IOException {
        toy.modules("Transformer", "Pooling", "Normalize")
                .file("1_Pooling/config.json", "{\"pooling_mode_lasttoken\": true}");
        try (TextEmbedder embedder = TextEmbedder.open(folder)) {
            float root = (float) Math.sqrt(10);
            assertThat(embedder.embed("a")).containsExactly(new float[] {3 / root, -1 / root}, within(1e-6f));
        }
        try (TextEmbedder embedder = TextEmbedder.builder(ModelFiles.in(folder))
                .pooling(Pooling.of(Pooling.Mode.CLS))
                .normalized(false)
                .build()) {
            assertThat(embedder.embed("a")).containsExactly(1, 2);
        }
    }

    /** Texts of many lengths in small batches come back in the caller's order, equal to each alone. */
    @Test
    void batchesKeepTheOrder() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            texts.add("a b c ".repeat(i * 7 % 11) + "b".repeat(i % 2));
        }
        texts.add("");
        try (TextEmbedder embedder =
                TextEmbedder.builder(ModelFiles.in(folder)).tokensPerBatch(50).build()) {
            Embeddings all = embedder.embedAll(texts);
            assertThat(all.vectors()).hasSameSizeAs(texts);
            long tokens = 0;
            for (int i = 0; i < texts.size(); i++) {
                Embeddings one = embedder.embedAll(texts.subList(i, i + 1));
                assertThat(all.vectors().get(i)).isEqualTo(one.vectors().getFirst());
                tokens += one.tokens();
            }
            assertThat(all.tokens()).isEqualTo(tokens);
            assertThat(embedder.embedAll(List.of())).isEqualTo(new Embeddings(List.of(), 0));
        }
    }

    /** A model for a fixed number of texts of a fixed length. */
    @ParameterizedTest
    @ValueSource(strings = {"3, 6", "1, s", "b, 6"})
    void fixedSizesAreKept(String sizes) throws IOException {
        toy.model(ToyModel.VECTORS, sizes);
        try (TextEmbedder embedder = TextEmbedder.open(folder)) {
            Embeddings all = embedder.embedAll(List.of("a", "a b", "", "b", "a b"));
            assertThat(all.vectors().get(1)).containsExactly(A_B);
            assertThat(all.vectors().get(4)).containsExactly(A_B);
            assertThat(all.vectors().get(2)).containsExactly((1 + 3) / 2f, (2 - 1) / 2f);
            assertThat(all.tokens()).isEqualTo(3 + 4 + 2 + 3 + 4);
        }
    }

    /** A model that is not told where padding is gets none. */
    @Test
    void withoutAMaskTextsOfOneLengthGoTogether() throws IOException {
        toy.model(ToyModel.VECTORS.replace(", %%attention_mask: i64[%1$s]", ""), "b, s");
        try (TextEmbedder embedder = TextEmbedder.open(folder)) {
            assertThat(embedder.embedAll(List.of("a b", "a b c a b c", "a b")).vectors())
                    .first()
                    .isEqualTo(A_B);
        }
        assertThat(Batches.of(new int[] {4, 8, 4}, 100, 100, false)).containsExactly(new int[] {1}, new int[] {0, 2});
    }

    @ParameterizedTest
    @CsvSource({
        "sentence_bert_config.json, '{\"max_seq_length\": 5, \"do_lower_case\": false}', 5",
        "config.json, '{\"max_position_embeddings\": 6}', 6",
        "config.json, '{\"max_position_embeddings\": 8, \"model_type\": \"xlm-roberta\", \"pad_token_id\": 1}', 6",
        "tokenizer_config.json, '{\"model_max_length\": 7}', 7",
        "tokenizer_config.json, '{\"model_max_length\": 1e30}', 512",
        "sentence_bert_config.json, '{\"max_seq_length\": null}', 512",
    })
    void textsAreCutAsConfigured(String file, String config, int most) throws IOException {
        toy.file(file, config);
        try (TextEmbedder embedder = TextEmbedder.open(folder)) {
            assertThat(embedder.maxTokens()).isEqualTo(most);
            assertThat(embedder.embedAll(List.of("a".repeat(3) + " a b".repeat(1000), "a"))
                            .tokens())
                    .isEqualTo(most + 3);
        }
    }

    @Test
    void promptsComeBeforeTexts() throws IOException {
        toy.file("config_sentence_transformers.json", """
            {"prompts": {"query": "c ", "passage": "b "}, "default_prompt_name": "passage", "__version__": {}}
            """)
                .modules("Transformer", "Pooling")
                .file("1_Pooling/config.json", """
                    {"pooling_mode_mean_tokens": true, "include_prompt": false}
                    """);
        try (TextEmbedder embedder = TextEmbedder.open(folder);
                TextEmbedder whole = TextEmbedder.builder(ModelFiles.in(folder))
                        .pooling(Pooling.MEAN)
                        .build()) {
            assertThat(embedder.prompts()).containsOnlyKeys("query", "passage");
            // Neither [CLS] nor the prompt counts.
            assertThat(embedder.embed("a a")).containsExactly(new float[] {11 / 3f, -1 / 3f}, within(1e-6f));
            assertThat(embedder.withPrompt("query").embedAll(List.of("a")).tokens())
                    .isEqualTo(4);
            assertThat(embedder.withoutPrompt().embed("a b")).containsExactly(A_B);
            assertThat(whole.embed("a")).containsExactly(A_B);
            assertFault("text.prompt", () -> embedder.withPrompt("document"));
        }
    }

    @Test
    void filesOnAClassPathAreOpenedToo() throws Exception {
        Path jar = folder.resolve("app.jar");
        Path compiled = folder.resolve("compiled.jar");
        Lathe.compile(folder.resolve("model.onnx")).write(compiled);
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (String name : List.of("model.onnx", "tokenizer.json", "compiled.jar")) {
                out.putNextEntry(new JarEntry("models/toy/" + name));
                Files.copy(folder.resolve(name), out);
                out.closeEntry();
            }
        }
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
            ModelFiles files = ModelFiles.resources(loader, "/models/toy");
            for (ModelFiles each : List.of(files, files.withModel("compiled.jar"))) {
                try (TextEmbedder embedder = TextEmbedder.builder(each).build()) {
                    assertThat(embedder.embed("a b")).containsExactly(A_B);
                }
            }
            assertFault(
                    "text.files",
                    () -> TextEmbedder.builder(ModelFiles.resources(loader, "other"))
                            .build());
        }
    }

    @Test
    void aCompiledModelIsTakenBeforeAnOther() throws IOException {
        Lathe.compile(folder.resolve("model.onnx")).write(folder.resolve("model.jar"));
        Files.writeString(folder.resolve("model.onnx"), "no model");
        try (TextEmbedder embedder = TextEmbedder.open(folder)) {
            assertThat(embedder.embed("a b")).containsExactly(A_B);
        }
    }

    @Test
    void aModelThatIsLoadedStaysOpen() {
        try (Executable model = Lathe.compile(folder.resolve("model.onnx")).load()) {
            Tokenizer tokenizer = Tokenizer.read(folder.resolve("tokenizer.json"));
            for (int i = 0; i < 2; i++) {
                try (TextEmbedder embedder =
                        TextEmbedder.builder(model, tokenizer).maxTokens(4).build()) {
                    assertThat(embedder.embed("a b c")).containsExactly(A_B);
                }
            }
        }
    }

    @Test
    void manyThreadsShareOne() throws Exception {
        try (TextEmbedder embedder = TextEmbedder.open(folder);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<float[]> request = () -> embedder.embed("a b");
            for (Future<float[]> f : threads.invokeAll(Collections.nCopies(200, request))) {
                assertThat(f.get()).containsExactly(A_B);
            }
        }
    }

    @Test
    void aModelThatPoolsByItselfIsTakenAsItIs() throws IOException {
        toy.model(ToyModel.SUMS, "b, s").modules("Transformer", "Pooling", "Dense");
        try (TextEmbedder embedder = TextEmbedder.open(folder)) {
            assertThat(embedder.embed("a b")).containsExactly(4 * A_B[0], 4 * A_B[1]);
        }
    }

    @Test
    void whatIsWrongIsSaid() throws IOException {
        toy.modules("Transformer", "Pooling", "Dense");
        assertFault("text.outputs", () -> TextEmbedder.open(folder));
        toy.file("modules.json", "[{\"type\": \"Pooling\", \"path\": \"../elsewhere\"}]");
        assertFault("text.files", () -> TextEmbedder.open(folder));
        toy.file("modules.json", "{}");
        assertFault("text.config", () -> TextEmbedder.open(folder));
        toy.file("modules.json", "[1");
        assertFault("text.config", () -> TextEmbedder.open(folder));
        toy.file("modules.json", "[]").file("1_Pooling/config.json", "{\"pooling_mode_median\": true}");
        assertFault("text.pooling", () -> TextEmbedder.open(folder));
        toy.file("1_Pooling/config.json", "{}");
        assertFault("text.pooling", () -> TextEmbedder.open(folder));
        Files.delete(folder.resolve("1_Pooling/config.json"));
        toy.model(ToyModel.VECTORS.replace("attention_mask", "token_ids"), "b, s");
        assertFault("text.inputs", () -> TextEmbedder.open(folder));
        Files.delete(folder.resolve("tokenizer.json"));
        assertFault("text.files", () -> TextEmbedder.open(folder));
    }

    @Test
    void cosineIsThatOfTheAngle() {
        assertThat(TextEmbedder.cosine(new float[] {2, 0}, new float[] {3, 0})).isEqualTo(1);
        assertThat(TextEmbedder.cosine(new float[] {1, 0}, new float[] {1, 1})).isCloseTo(Math.sqrt(0.5), within(1e-9));
        assertThat(TextEmbedder.cosine(new float[2], new float[] {1, 1})).isZero();
    }
}
