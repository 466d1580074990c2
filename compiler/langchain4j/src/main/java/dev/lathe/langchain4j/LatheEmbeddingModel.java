package dev.lathe.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.DimensionAwareEmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import dev.lathe.text.Embeddings;
import dev.lathe.text.TextEmbedder;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An embedding model in this process. Safe for use by several threads at a time.
 *
 * {@snippet :
 * EmbeddingModel model = LatheEmbeddingModel.open(Path.of("all-MiniLM-L6-v2"));
 * }
 *
 * <p>Where the model has prompts of these names, a request of the type {@code QUERY} puts that of {@code query} before
 * each text, and one of the type {@code DOCUMENT} that of {@code document} or else {@code passage}. Texts that are
 * longer than the model takes are cut.
 */
public final class LatheEmbeddingModel extends DimensionAwareEmbeddingModel implements AutoCloseable {
    private final TextEmbedder embedder;
    private final TextEmbedder queries;
    private final TextEmbedder documents;
    private final String modelName;
    private final List<EmbeddingModelListener> listeners;

    private LatheEmbeddingModel(TextEmbedder embedder, String modelName, List<EmbeddingModelListener> listeners) {
        this.embedder = embedder;
        this.queries = prompted(embedder, "query");
        this.documents = prompted(embedder, "document", "passage");
        this.modelName = modelName;
        this.listeners = List.copyOf(listeners);
    }

    private static TextEmbedder prompted(TextEmbedder embedder, String... names) {
        for (String name : names) {
            if (embedder.prompts().containsKey(name)) {
                return embedder.withPrompt(name);
            }
        }
        return embedder;
    }

    /**
     * Opens a model in a folder, whose name is the model's.
     *
     * @throws dev.lathe.ir.diag.LatheException if a file is missing, or does not say what it should
     */
    public static LatheEmbeddingModel open(Path folder) {
        return builder(TextEmbedder.open(folder))
                .modelName(String.valueOf(folder.toAbsolutePath().normalize().getFileName()))
                .build();
    }

    /** A model that is opened as {@code embedder} is; see {@link TextEmbedder#builder}. */
    public static Builder builder(TextEmbedder embedder) {
        return new Builder(embedder);
    }

    /** Collects what LangChain4j wants to know of a model. */
    public static final class Builder {
        private final TextEmbedder embedder;
        private String modelName = "unknown";
        private List<EmbeddingModelListener> listeners = List.of();

        private Builder(TextEmbedder embedder) {
            this.embedder = Objects.requireNonNull(embedder, "embedder");
        }

        /** What the model calls itself. */
        public Builder modelName(String name) {
            this.modelName = name;
            return this;
        }

        /** Hear of each request and its response. */
        public Builder listeners(List<EmbeddingModelListener> all) {
            this.listeners = List.copyOf(all);
            return this;
        }

        public LatheEmbeddingModel build() {
            return new LatheEmbeddingModel(embedder, modelName, listeners);
        }
    }

    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        List<String> texts = request.inputs().stream().map(EmbeddingInput::text).toList();
        Embeddings embeddings = of(request.inputType()).embedAll(texts);
        return EmbeddingResponse.builder()
                .embeddings(embeddings.vectors().stream().map(Embedding::from).toList())
                .modelName(modelName)
                .tokenUsage(new TokenUsage(Math.toIntExact(embeddings.tokens()), 0))
                .build();
    }

    private TextEmbedder of(@Nullable EmbeddingInputType type) {
        return switch (type) {
            case null -> embedder;
            case QUERY -> queries;
            case DOCUMENT -> documents;
        };
    }

    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return Set.of(EmbeddingRequestParameters.INPUT_TYPE);
    }

    @Override
    public List<EmbeddingModelListener> listeners() {
        return listeners;
    }

    @Override
    public String modelName() {
        return modelName;
    }

    @Override
    protected Integer knownDimension() {
        return embedder.dimension();
    }

    /** Closes the embedder. */
    @Override
    public void close() {
        embedder.close();
    }
}
