package dev.lathe.springai;

import dev.lathe.backend.CompileOptions;
import dev.lathe.text.ModelFiles;
import dev.lathe.text.TextEmbedder;
import io.micrometer.observation.ObservationRegistry;
import java.io.FileNotFoundException;
import java.nio.file.Path;
import java.util.Objects;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.ResourceLoader;
import org.springframework.util.ResourceUtils;

/**
 * Makes a {@link LatheEmbeddingModel} of the folder in {@code spring.ai.lathe.embedding.location}. Without this
 * property, where {@code spring.ai.model.embedding} names another kind of model, or where the application has an
 * embedding model of its own, it does nothing.
 */
@AutoConfiguration
@ConditionalOnClass({EmbeddingModel.class, TextEmbedder.class})
@ConditionalOnProperty(LatheEmbeddingProperties.PREFIX + ".location")
@ConditionalOnProperty(name = "spring.ai.model.embedding", havingValue = "lathe", matchIfMissing = true)
@EnableConfigurationProperties(LatheEmbeddingProperties.class)
public class LatheEmbeddingAutoConfiguration {
    /** The embedder, for an application that wants more of it than Spring AI asks for; Spring closes it. */
    @Bean
    @ConditionalOnMissingBean({TextEmbedder.class, EmbeddingModel.class})
    public TextEmbedder latheTextEmbedder(LatheEmbeddingProperties properties, ResourceLoader resources) {
        TextEmbedder.Builder builder = TextEmbedder.builder(files(properties, resources))
                .tokensPerBatch(properties.tokensPerBatch())
                .compileOptions(
                        CompileOptions.builder().threads(properties.threads()).build());
        Integer maxTokens = properties.maxTokens();
        if (maxTokens != null) {
            builder.maxTokens(maxTokens);
        }
        TextEmbedder embedder = builder.build();
        String prompt = properties.prompt();
        return prompt == null ? embedder : embedder.withPrompt(prompt);
    }

    private static ModelFiles files(LatheEmbeddingProperties properties, ResourceLoader resources) {
        String folder = properties.folder();
        ModelFiles files = folder.startsWith(ResourceUtils.CLASSPATH_URL_PREFIX)
                ? ModelFiles.resources(
                        Objects.requireNonNullElseGet(
                                resources.getClassLoader(), LatheEmbeddingAutoConfiguration.class::getClassLoader),
                        folder.substring(ResourceUtils.CLASSPATH_URL_PREFIX.length()))
                : ModelFiles.in(path(folder));
        String model = properties.model();
        return (model == null ? files : files.withModel(model)).withTokenizer(properties.tokenizer());
    }

    private static Path path(String folder) {
        try {
            return ResourceUtils.getFile(folder).toPath();
        } catch (FileNotFoundException e) {
            throw new IllegalArgumentException(
                    LatheEmbeddingProperties.PREFIX + ".location is no folder of this machine: " + folder, e);
        }
    }

    /** The model of Spring AI. */
    @Bean(destroyMethod = "") // the embedder is closed as a bean of its own
    @ConditionalOnMissingBean(EmbeddingModel.class)
    public LatheEmbeddingModel latheEmbeddingModel(
            TextEmbedder embedder,
            LatheEmbeddingProperties properties,
            ObjectProvider<ObservationRegistry> observations,
            ObjectProvider<EmbeddingModelObservationConvention> convention) {
        LatheEmbeddingModel.Builder builder = LatheEmbeddingModel.builder(embedder)
                .modelName(modelName(properties))
                .metadataMode(properties.metadataMode());
        observations.ifUnique(builder::observations);
        convention.ifAvailable(builder::convention);
        return builder.build();
    }

    private static String modelName(LatheEmbeddingProperties properties) {
        String name = properties.modelName();
        if (name != null) {
            return name;
        }
        String folder = properties.folder().replaceFirst("[/\\\\]+$", "");
        return folder.substring(Math.max(folder.lastIndexOf('/'), folder.lastIndexOf(':')) + 1);
    }
}
