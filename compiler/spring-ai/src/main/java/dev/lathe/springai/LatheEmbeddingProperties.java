package dev.lathe.springai;

import org.jspecify.annotations.Nullable;
import org.springframework.ai.document.MetadataMode;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What an application says of its embedding model.
 *
 * @param location Folder with the files of the model, such as classpath:minilm or file:/models/minilm.
 * @param model File of the model in the folder. Without it, model.jar or else model.onnx.
 * @param tokenizer File of the tokenizer in the folder.
 * @param modelName What the model calls itself in responses. Without it, the name of the folder.
 * @param maxTokens Most tokens of a text. Without it, as the files of the model say.
 * @param tokensPerBatch Most tokens that go through the model at a time.
 * @param prompt Name of the prompt that is put before each text. Without it, the default of the model, if it has one.
 * @param threads Threads of a call; 0 for one per processor.
 * @param metadataMode Which metadata of a document stand beside its text.
 */
@ConfigurationProperties(LatheEmbeddingProperties.PREFIX)
public record LatheEmbeddingProperties(
        @Nullable String location,
        @Nullable String model,
        @DefaultValue("tokenizer.json") String tokenizer,
        @Nullable String modelName,
        @Nullable Integer maxTokens,
        @DefaultValue("4096") int tokensPerBatch,
        @Nullable String prompt,
        @DefaultValue("0") int threads,
        @DefaultValue("none") MetadataMode metadataMode) {
    static final String PREFIX = "spring.ai.lathe.embedding";

    /** The folder, without which nothing is made. */
    String folder() {
        if (location == null) {
            throw new IllegalStateException(PREFIX + ".location is not set");
        }
        return location;
    }
}
