package dev.lathe.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.listener.EmbeddingModelResponseContext;
import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.aggregator.ReRankingContentAggregator;
import dev.langchain4j.rag.content.retriever.EmbeddingStoreContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.EmbeddingStoreIngestor;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import dev.lathe.guides.GuideProgram;
import dev.lathe.guides.Page;
import dev.lathe.text.MiniLm;
import dev.lathe.text.TextEmbedder;
import dev.lathe.text.ToyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lathe in an application of LangChain4j, beside its own model of the same weights. */
class LatheEmbeddingModelTest {
    private static final List<String> TEXTS = List.of(
            "The central bank raised interest rates.",
            "Someone plays music on a guitar.",
            "A cat sleeps on the warm windowsill, and nobody dares to wake it before the sun has moved on.",
            "ok",
            "Zürich, 東京 and naïve cafés: 3.14 €!");

    @TempDir
    private static Path folder;

    private static LatheEmbeddingModel model;

    @BeforeAll
    static void open() throws IOException {
        model = LatheEmbeddingModel.open(MiniLm.write(folder.resolve("all-MiniLM-L6-v2")));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static List<TextSegment> segments() {
        return TEXTS.stream().map(TextSegment::from).toList();
    }

    private static int tokens(@Nullable TokenUsage usage) {
        return Objects.requireNonNull(usage, "usage").inputTokenCount();
    }

    @Test
    void vectorsAreThoseOfLangChain4j() {
        Response<List<Embedding>> theirs = new AllMiniLmL6V2EmbeddingModel().embedAll(segments());
        Response<List<Embedding>> ours = model.embedAll(segments());
        for (int i = 0; i < TEXTS.size(); i++) {
            assertThat(ours.content().get(i).vector())
                    .as(TEXTS.get(i))
                    .containsExactly(theirs.content().get(i).vector(), within(1e-4f));
        }
        // LangChain4j does not count the two tokens that mark a text's start and end.
        assertThat(tokens(ours.tokenUsage())).isEqualTo(tokens(theirs.tokenUsage()) + 2 * TEXTS.size());
    }

    @Test
    void anApplicationFindsWhatIsMeant() {
        InMemoryEmbeddingStore<TextSegment> store = new InMemoryEmbeddingStore<>();
        EmbeddingStoreIngestor.builder()
                .embeddingModel(model)
                .embeddingStore(store)
                .build()
                .ingest(TEXTS.stream()
                        .map(dev.langchain4j.data.document.Document::from)
                        .toList());
        List<Content> found = EmbeddingStoreContentRetriever.builder()
                .embeddingModel(model)
                .embeddingStore(store)
                .maxResults(2)
                .build()
                .retrieve(Query.from("What does borrowing money cost now?"));
        assertThat(found.getFirst().textSegment().text()).isEqualTo(TEXTS.getFirst());
    }

    @Test
    void itSaysWhatItIs() {
        assertThat(model.dimension()).isEqualTo(384);
        assertThat(model.modelName()).isEqualTo("all-MiniLM-L6-v2");
        assertThatThrownBy(() -> model.embed(
                        EmbeddingRequest.builder().input("a").dimensions(7).build()))
                .isInstanceOf(UnsupportedFeatureException.class);
    }

    @Test
    void listenersHearOfRequests(@TempDir Path toy) throws IOException {
        List<Integer> tokens = new ArrayList<>();
        EmbeddingModelListener listener = new EmbeddingModelListener() {
            @Override
            public void onResponse(EmbeddingModelResponseContext context) {
                tokens.add(LatheEmbeddingModelTest.tokens(context.response().tokenUsage()));
            }
        };
        new ToyModel(toy).model(ToyModel.VECTORS, "b, s");
        try (TextEmbedder embedder = TextEmbedder.open(toy)) {
            EmbeddingModel heard = LatheEmbeddingModel.builder(embedder)
                    .listeners(List.of(listener))
                    .build();
            assertThat(heard.embed("a b").content().vector()).hasSize(2);
            assertThat(heard.embedAll(List.of()).content()).isEmpty();
        }
        assertThat(tokens).containsExactly(4);
    }

    @Test
    void queriesAndDocumentsHaveTheirPrompts(@TempDir Path toy) throws IOException {
        new ToyModel(toy).model(ToyModel.VECTORS, "b, s").file("config_sentence_transformers.json", """
            {"prompts": {"query": "a ", "passage": "b b "}}
            """);
        try (LatheEmbeddingModel prompted = LatheEmbeddingModel.open(toy)) {
            Map<EmbeddingInputType, Integer> counts =
                    Map.of(EmbeddingInputType.QUERY, 4, EmbeddingInputType.DOCUMENT, 5);
            counts.forEach((type, count) -> assertThat(tokens(prompted.embed(EmbeddingRequest.builder()
                                    .input("c")
                                    .inputType(type)
                                    .build())
                            .tokenUsage()))
                    .isEqualTo(count));
            assertThat(tokens(prompted.embed("c").tokenUsage())).isEqualTo(3);
        }
    }

    @Test
    void aScoringModelPutsTheBestFirst(@TempDir Path toy) throws IOException {
        new ToyModel(toy).model(ToyModel.ONE_SUM, "b, s");
        try (LatheScoringModel scorer = LatheScoringModel.open(toy)) {
            Response<List<Double>> scores = scorer.scoreAll(List.of(TextSegment.from("a"), TextSegment.from("b")), "a");
            assertThat(scores.content().getFirst()).isCloseTo(0.5, within(1e-6)); // 2 - 1 - 1
            assertThat(tokens(scores.tokenUsage())).isEqualTo(10);
            Query query = Query.from("a");
            List<Content> contents = List.of(Content.from("a"), Content.from("b"), Content.from("c"));
            assertThat(new ReRankingContentAggregator(scorer).aggregate(Map.of(query, List.of(contents))))
                    .extracting(c -> c.textSegment().text())
                    .containsExactly("b", "c", "a");
        }
    }

    @Test
    void theGuideIsTrue() throws Exception {
        GuideProgram.check(
                new Page("docs/guides/frameworks.md"),
                "LangChain4j",
                folder,
                List.of("-classpath", System.getProperty("java.class.path")));
    }
}
