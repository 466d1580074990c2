package dev.lathe.springai;

import dev.lathe.text.Embeddings;
import dev.lathe.text.TextEmbedder;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.document.Document;
import org.springframework.ai.document.MetadataMode;
import org.springframework.ai.embedding.AbstractEmbeddingModel;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;
import org.springframework.ai.embedding.observation.DefaultEmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationContext;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationDocumentation;

/**
 * An embedding model in this process. Safe for use by several threads at a time. Texts that are longer than the model
 * takes are cut.
 *
 * <p>A request may not ask for another model, nor for another number of dimensions than the model has.
 */
public final class LatheEmbeddingModel extends AbstractEmbeddingModel implements AutoCloseable {
    private static final EmbeddingModelObservationConvention CONVENTION =
            new DefaultEmbeddingModelObservationConvention();
    private static final String PROVIDER = "lathe";

    private final TextEmbedder embedder;
    private final String modelName;
    private final MetadataMode metadataMode;
    private final ObservationRegistry observations;
    private final EmbeddingModelObservationConvention convention;

    private LatheEmbeddingModel(Builder builder) {
        this.embedder = builder.embedder;
        this.modelName = builder.modelName;
        this.metadataMode = builder.metadataMode;
        this.observations = builder.observations;
        this.convention = builder.convention;
    }

    /** A model that is opened as {@code embedder} is; see {@link TextEmbedder#builder}. */
    public static Builder builder(TextEmbedder embedder) {
        return new Builder(embedder);
    }

    /** Collects what Spring AI wants to know of a model. */
    public static final class Builder {
        private final TextEmbedder embedder;
        private String modelName = "";
        private MetadataMode metadataMode = MetadataMode.NONE;
        private ObservationRegistry observations = ObservationRegistry.NOOP;
        private EmbeddingModelObservationConvention convention = CONVENTION;

        private Builder(TextEmbedder embedder) {
            this.embedder = Objects.requireNonNull(embedder, "embedder");
        }

        /** What the model calls itself in responses. */
        public Builder modelName(String name) {
            this.modelName = Objects.requireNonNull(name, "name");
            return this;
        }

        /** Which metadata of a document stand beside its text; none unless said otherwise. */
        public Builder metadataMode(MetadataMode mode) {
            this.metadataMode = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /** Hears of each request. */
        public Builder observations(ObservationRegistry registry) {
            this.observations = Objects.requireNonNull(registry, "registry");
            return this;
        }

        /** What is told of a request. */
        public Builder convention(EmbeddingModelObservationConvention own) {
            this.convention = Objects.requireNonNull(own, "own");
            return this;
        }

        public LatheEmbeddingModel build() {
            return new LatheEmbeddingModel(this);
        }
    }

    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        check(request.getOptions());
        EmbeddingModelObservationContext context = EmbeddingModelObservationContext.builder()
                .embeddingRequest(named(request))
                .provider(PROVIDER)
                .build();
        return Objects.requireNonNull(EmbeddingModelObservationDocumentation.EMBEDDING_MODEL_OPERATION
                .observation(convention, CONVENTION, () -> context, observations)
                .observe(() -> {
                    EmbeddingResponse response = response(embedder.embedAll(request.getInstructions()));
                    context.setResponse(response);
                    return response;
                }));
    }

    private void check(@Nullable EmbeddingOptions options) {
        if (options == null) {
            return;
        }
        String model = options.getModel();
        Integer dimensions = options.getDimensions();
        if (model != null && !model.equals(modelName)) {
            throw new IllegalArgumentException(
                    "this is the model \"" + modelName + "\", and the request is for \"" + model + "\"");
        }
        if (dimensions != null && dimensions != embedder.dimension()) {
            throw new IllegalArgumentException("the model's vectors have " + embedder.dimension()
                    + " numbers, and the request is for " + dimensions);
        }
    }

    /** The request with the names that observations tell. */
    private EmbeddingRequest named(EmbeddingRequest request) {
        return new EmbeddingRequest(
                request.getInstructions(),
                EmbeddingOptions.builder()
                        .model(modelName)
                        .dimensions(embedder.dimension())
                        .build());
    }

    private EmbeddingResponse response(Embeddings embeddings) {
        List<Embedding> all = new ArrayList<>();
        for (float[] vector : embeddings.vectors()) {
            all.add(new Embedding(vector, all.size()));
        }
        int tokens = Math.toIntExact(embeddings.tokens());
        return new EmbeddingResponse(all, new EmbeddingResponseMetadata(modelName, new DefaultUsage(tokens, 0)));
    }

    @Override
    public String getEmbeddingContent(Document document) {
        return document.getFormattedContent(metadataMode);
    }

    @Override
    public float[] embed(Document document) {
        return embed(getEmbeddingContent(document));
    }

    @Override
    public int dimensions() {
        return embedder.dimension();
    }

    /** Closes the embedder. */
    @Override
    public void close() {
        embedder.close();
    }
}
