package dev.lathe.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.translator.TextEmbeddingTranslatorFactory;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import dev.lathe.Lathe;
import dev.lathe.guides.GuideProgram;
import dev.lathe.guides.Page;
import dev.lathe.text.MiniLm;
import dev.lathe.text.TextEmbedder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lathe in an application of DJL, beside DJL's engine of ONNX Runtime. */
class LatheEngineTest {
    private static final List<String> TEXTS = List.of(
            "The central bank raised interest rates.",
            "Someone plays music on a guitar, and a cat sleeps on the warm windowsill.",
            "ok");

    @TempDir
    private static Path folder;

    private static Path minilm;

    @BeforeAll
    static void write() throws Exception {
        minilm = MiniLm.write(folder.resolve("all-MiniLM-L6-v2"));
    }

    private static ZooModel<NDList, NDList> arrays(String engine) throws Exception {
        return Criteria.builder()
                .setTypes(NDList.class, NDList.class)
                .optEngine(engine)
                .optModelPath(minilm)
                .build()
                .loadModel();
    }

    private static Criteria<String, float[]> embeddings(Path model) {
        return Criteria.builder()
                .setTypes(String.class, float[].class)
                .optEngine("Lathe")
                .optModelPath(model)
                .optTranslatorFactory(new TextEmbeddingTranslatorFactory())
                .optArgument("includeTokenTypes", true)
                .build();
    }

    @Test
    void djlFindsTheEngine() {
        assertThat(Engine.getAllEngines()).contains("Lathe", "OnnxRuntime");
        assertThat(Engine.getDefaultEngineName()).isEqualTo("Lathe");
        Engine engine = Engine.getEngine("Lathe");
        assertThat(engine).hasToString("Lathe:" + Lathe.version());
        assertThatThrownBy(engine::newGradientCollector)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("does not train");
    }

    @Test
    void outputsAreThoseOfOnnxRuntime() throws Exception {
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(minilm.resolve("tokenizer.json"));
                ZooModel<NDList, NDList> ours = arrays("Lathe");
                ZooModel<NDList, NDList> theirs = arrays("OnnxRuntime");
                Predictor<NDList, NDList> our = ours.newPredictor();
                Predictor<NDList, NDList> their = theirs.newPredictor()) {
            long[] ids = tokenizer.encode(TEXTS.getFirst()).getIds();
            NDArray expected = their.predict(inputs(theirs.getNDManager(), ids)).head();
            NDArray actual = our.predict(inputs(ours.getNDManager(), ids)).head();
            assertThat(actual.getShape()).isEqualTo(expected.getShape());
            assertThat(actual.getName()).isEqualTo("last_hidden_state");
            assertThat(actual.toFloatArray()).containsExactly(expected.toFloatArray(), within(1e-4f));
            // Arrays of another engine are taken, too.
            assertThat(our.predict(inputs(theirs.getNDManager(), ids)).head().toFloatArray())
                    .isEqualTo(actual.toFloatArray());
            assertThat(ours.describeInput().keys())
                    .containsExactlyElementsOf(theirs.describeInput().keys());
            assertThat(ours.describeOutput().get("last_hidden_state").get(2)).isEqualTo(384);
        }
    }

    private static NDList inputs(NDManager manager, long[] ids) {
        long[] ones = new long[ids.length];
        java.util.Arrays.fill(ones, 1);
        Shape shape = new Shape(1, ids.length);
        return new NDList(
                manager.create(ids, shape), manager.create(ones, shape), manager.create(new long[ids.length], shape));
    }

    /** DJL's own translator: its tokenizer, its pooling by arrays of this engine. */
    @Test
    void itsTranslatorGivesTheVectorsOfATextEmbedder() throws Exception {
        try (TextEmbedder embedder = TextEmbedder.open(minilm);
                ZooModel<String, float[]> model = embeddings(minilm).loadModel();
                Predictor<String, float[]> predictor = model.newPredictor()) {
            List<float[]> all = predictor.batchPredict(TEXTS);
            for (int i = 0; i < TEXTS.size(); i++) {
                float[] expected = embedder.embed(TEXTS.get(i));
                assertThat(predictor.predict(TEXTS.get(i))).containsExactly(expected, within(1e-4f));
                assertThat(all.get(i)).containsExactly(expected, within(1e-4f));
            }
        }
    }

    @Test
    void threadsShareAPredictor() throws Exception {
        try (ZooModel<String, float[]> model =
                        embeddings(minilm.resolve("model.onnx")).loadModel();
                Predictor<String, float[]> predictor = model.newPredictor();
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            float[] expected = predictor.predict(TEXTS.getLast());
            Callable<float[]> request = () -> predictor.predict(TEXTS.getLast());
            for (Future<float[]> f : threads.invokeAll(Collections.nCopies(32, request))) {
                assertThat(f.get()).isEqualTo(expected);
            }
        }
    }

    /** A translator that knows of no batches has its arrays stacked and split. */
    @Test
    void translatorsAreBatched() throws Exception {
        Translator<long[], float[]> first = new Translator<>() {
            @Override
            public NDList processInput(TranslatorContext context, long[] ids) {
                NDManager manager = context.getNDManager();
                long[] ones = new long[ids.length];
                java.util.Arrays.fill(ones, 1);
                return new NDList(manager.create(ids), manager.create(ones), manager.create(new long[ids.length]));
            }

            @Override
            public float[] processOutput(TranslatorContext context, NDList outputs) {
                return outputs.head().get(0).toFloatArray();
            }

            @Override
            public Batchifier getBatchifier() {
                return Batchifier.STACK;
            }
        };
        try (ZooModel<NDList, NDList> model = arrays("Lathe");
                Predictor<long[], float[]> predictor = model.newPredictor(first)) {
            long[] other = {101, 7592, 102};
            List<float[]> both = predictor.batchPredict(List.of(other, new long[] {101, 2088, 102}));
            assertThat(both.getFirst()).hasSize(384);
            assertThat(predictor.predict(other)).containsExactly(both.getFirst(), within(1e-5f));
            assertThat(both.getLast()).isNotEqualTo(both.getFirst());
        }
    }

    @Test
    void whatIsWrongIsSaid() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThatThrownBy(() -> embeddings(empty).loadModel()).isInstanceOf(java.io.FileNotFoundException.class);
        Path bad = Files.createDirectory(folder.resolve("bad"));
        Files.writeString(bad.resolve("model.onnx"), "no model");
        assertThatThrownBy(
                        () -> Engine.getEngine("Lathe").newModel("model", null).load(bad))
                .isInstanceOf(ai.djl.MalformedModelException.class)
                .hasMessageContaining("onnx.");
        assertThatThrownBy(
                        () -> Engine.getEngine("Lathe").newModel("model", null).load(empty))
                .isInstanceOf(java.io.FileNotFoundException.class)
                .hasMessageContaining("model.jar");
        try (ZooModel<NDList, NDList> model = arrays("Lathe");
                Predictor<NDList, NDList> predictor = model.newPredictor()) {
            assertThatThrownBy(() ->
                            predictor.predict(new NDList(model.getNDManager().create(new long[] {1}))))
                    .hasStackTraceContaining("takes 3 arrays");
        }
    }

    @Test
    void theGuideIsTrue() throws Exception {
        GuideProgram.check(
                new Page("docs/guides/frameworks.md"),
                "DJL",
                folder,
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-DOPT_OUT_TRACKING=true",
                        "-classpath",
                        System.getProperty("java.class.path")));
    }
}
