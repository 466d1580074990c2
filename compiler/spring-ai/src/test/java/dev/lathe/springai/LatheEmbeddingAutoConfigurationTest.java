package dev.lathe.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.guides.GuideProgram;
import dev.lathe.guides.Page;
import dev.lathe.text.MiniLm;
import dev.lathe.text.TextEmbedder;
import dev.lathe.text.ToyModel;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationContext;
import org.springframework.ai.transformers.TransformersEmbeddingModel;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.SimpleVectorStore;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.FileSystemResource;

/** Lathe in an application of Spring Boot, beside Spring AI's own model of the same weights. */
class LatheEmbeddingAutoConfigurationTest {
    private static final String LOCATION = "spring.ai.lathe.embedding.location=";
    private static final List<String> TEXTS = List.of(
            "The central bank raised interest rates.",
            "Someone plays music on a guitar.",
            "A cat sleeps on the warm windowsill, and nobody dares to wake it before the sun has moved on.",
            "ok");

    @TempDir
    private static Path folder;

    private static Path minilm;
    private static Path toy;

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(LatheEmbeddingAutoConfiguration.class));

    @BeforeAll
    static void write() throws IOException {
        minilm = MiniLm.write(folder.resolve("all-MiniLM-L6-v2"));
        toy = folder.resolve("toy");
        java.nio.file.Files.createDirectory(toy);
        new ToyModel(toy).model(ToyModel.VECTORS, "b, s").file("config_sentence_transformers.json", """
            {"prompts": {"query": "a "}}
            """);
    }

    @Test
    void vectorsAreThoseOfSpringAi() throws Exception {
        TransformersEmbeddingModel theirs = new TransformersEmbeddingModel();
        theirs.setModelResource(
                new FileSystemResource(minilm.resolve("model.onnx")).getURL().toString());
        theirs.setTokenizerResource(new FileSystemResource(minilm.resolve("tokenizer.json"))
                .getURL()
                .toString());
        theirs.setDisableCaching(true);
        theirs.afterPropertiesSet();
        application.withPropertyValues(LOCATION + minilm.toUri()).run(context -> {
            EmbeddingModel model = context.getBean(EmbeddingModel.class);
            assertThat(model).isInstanceOf(LatheEmbeddingModel.class);
            EmbeddingResponse ours = model.embedForResponse(TEXTS);
            List<float[]> expected = theirs.embed(TEXTS);
            for (int i = 0; i < TEXTS.size(); i++) {
                // Spring AI does not scale vectors to length 1, as the files of the model say.
                assertThat(ours.getResults().get(i).getOutput())
                        .as(TEXTS.get(i))
                        .containsExactly(scaled(expected.get(i)), within(1e-4f));
                assertThat(ours.getResults().get(i).getIndex()).isEqualTo(i);
            }
            assertThat(ours.getMetadata().getModel()).isEqualTo("all-MiniLM-L6-v2");
            assertThat(ours.getMetadata().getUsage().getPromptTokens()).isGreaterThan(40);
            assertThat(model.dimensions()).isEqualTo(384);

            SimpleVectorStore store = SimpleVectorStore.builder(model).build();
            store.add(TEXTS.stream().map(Document::new).toList());
            assertThat(store.similaritySearch(SearchRequest.builder()
                            .query("What does borrowing money cost now?")
                            .topK(1)
                            .build()))
                    .extracting(Document::getText)
                    .containsExactly(TEXTS.getFirst());
        });
        theirs.close();
    }

    private static float[] scaled(float[] vector) {
        double squares = 0;
        for (float x : vector) {
            squares += x * x;
        }
        float[] result = vector.clone();
        for (int i = 0; i < result.length; i++) {
            result[i] /= (float) Math.sqrt(squares);
        }
        return result;
    }

    @Test
    void propertiesSayHow() {
        application
                .withPropertyValues(
                        LOCATION + toy,
                        "spring.ai.lathe.embedding.model-name=letters",
                        "spring.ai.lathe.embedding.prompt=query",
                        "spring.ai.lathe.embedding.max-tokens=4",
                        "spring.ai.lathe.embedding.threads=1",
                        "spring.ai.lathe.embedding.metadata-mode=all")
                .run(context -> {
                    EmbeddingModel model = context.getBean(EmbeddingModel.class);
                    EmbeddingResponse response = model.embedForResponse(List.of("b c c"));
                    assertThat(response.getMetadata().getModel()).isEqualTo("letters");
                    assertThat(response.getMetadata().getUsage().getPromptTokens())
                            .isEqualTo(4);
                    // [CLS] a b [SEP]
                    assertThat(response.getResult().getOutput()).containsExactly(2, 2.25f);
                    assertThat(model.getEmbeddingContent(Document.builder()
                                    .text("x")
                                    .metadata("key", "value")
                                    .build()))
                            .contains("key: value", "x");
                });
    }

    @Test
    void requestsForSomethingElseAreRefused() {
        application.withPropertyValues(LOCATION + toy).run(context -> {
            EmbeddingModel model = context.getBean(EmbeddingModel.class);
            List<String> texts = List.of("a");
            EmbeddingOptions same =
                    EmbeddingOptions.builder().model("toy").dimensions(2).build();
            assertThat(model.call(new EmbeddingRequest(texts, same)).getResults())
                    .hasSize(1);
            assertThatThrownBy(() -> model.call(new EmbeddingRequest(
                            texts, EmbeddingOptions.builder().dimensions(3).build())))
                    .hasMessageContaining("have 2 numbers");
            assertThatThrownBy(() -> model.call(new EmbeddingRequest(
                            texts, EmbeddingOptions.builder().model("other").build())))
                    .hasMessageContaining("\"other\"");
        });
    }

    @Test
    void requestsAreObserved() {
        List<String> heard = new ArrayList<>();
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig().observationHandler(new ObservationHandler<EmbeddingModelObservationContext>() {
            @Override
            public void onStop(EmbeddingModelObservationContext context) {
                heard.add(context.getLowCardinalityKeyValues().toString());
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return context instanceof EmbeddingModelObservationContext;
            }
        });
        application
                .withBean(ObservationRegistry.class, () -> registry)
                .withPropertyValues(LOCATION + toy)
                .run(context -> context.getBean(EmbeddingModel.class).embed("a"));
        assertThat(heard).hasSize(1);
        assertThat(heard.getFirst()).contains("lathe", "toy");
    }

    @Test
    void itBacksOff() {
        application.run(context -> assertThat(context).doesNotHaveBean(EmbeddingModel.class));
        application
                .withPropertyValues(LOCATION + toy, "spring.ai.model.embedding=transformers")
                .run(context -> assertThat(context).doesNotHaveBean(EmbeddingModel.class));
        application
                .withClassLoader(new FilteredClassLoader(TextEmbedder.class))
                .withPropertyValues(LOCATION + toy)
                .run(context -> assertThat(context).doesNotHaveBean(EmbeddingModel.class));
        try (TextEmbedder embedder = TextEmbedder.open(toy)) {
            EmbeddingModel own = LatheEmbeddingModel.builder(embedder).build();
            application
                    .withBean(EmbeddingModel.class, () -> own)
                    .withPropertyValues(LOCATION + "nowhere")
                    .run(context ->
                            assertThat(context.getBean(EmbeddingModel.class)).isSameAs(own));
        }
    }

    @Test
    void aWrongLocationIsSaid() {
        for (String location : List.of("nowhere", "classpath:nowhere")) {
            application
                    .withPropertyValues(LOCATION + location)
                    .run(context -> assertThat(context)
                            .getFailure()
                            .hasStackTraceContaining("nowhere")
                            .hasStackTraceContaining("text.files"));
        }
    }

    @Test
    void bootFindsIt() throws IOException {
        assertThat(new ClassPathResource(
                                "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports")
                        .getContentAsString(java.nio.charset.StandardCharsets.UTF_8))
                .isEqualToIgnoringNewLines(LatheEmbeddingAutoConfiguration.class.getName());
    }

    /** What an editor shows of the properties; a processor of Spring Boot writes it when the module is compiled. */
    @Test
    void propertiesAreDescribed() throws IOException {
        List<String> all = new ArrayList<>();
        var files = LatheEmbeddingProperties.class
                .getClassLoader()
                .getResources("META-INF/spring-configuration-metadata.json");
        while (files.hasMoreElements()) {
            try (var in = files.nextElement().openStream()) {
                all.add(new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
            }
        }
        assertThat(String.join("", all))
                .contains("\"spring.ai.lathe.embedding.location\"", "Folder with the files of the model");
    }

    @Test
    void theGuideIsTrue() throws Exception {
        GuideProgram.check(
                new Page("docs/guides/frameworks.md"),
                "Spring AI",
                folder,
                List.of("-Dspring.main.banner-mode=off", "-classpath", System.getProperty("java.class.path")));
    }
}
