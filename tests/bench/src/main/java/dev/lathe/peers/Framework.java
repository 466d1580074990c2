package dev.lathe.peers;

import ai.djl.huggingface.translator.TextEmbeddingTranslatorFactory;
import ai.djl.inference.Predictor;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import dev.lathe.langchain4j.LatheEmbeddingModel;
import dev.lathe.text.TextEmbedder;
import java.nio.file.Path;
import java.util.List;
import org.springframework.ai.transformers.TransformersEmbeddingModel;

/** A framework that makes vectors of texts: with its own model, and with Lathe. */
enum Framework {
    LANGCHAIN4J(
            "LangChain4j",
            List.of("langchain4j-embeddings-1", "onnxruntime-1", "api-0", "tokenizers-0", "jna-", "gson-"),
            List.of("lathe-text", "lathe-tokenizers", "lathe-langchain4j")) {
        @Override
        Embedder own(Path folder) {
            return of(new OnnxEmbeddingModel(
                    folder.resolve("model.onnx"), folder.resolve("tokenizer.json"), PoolingMode.MEAN));
        }

        @Override
        Embedder lathe(Path folder) {
            return of(LatheEmbeddingModel.open(folder));
        }

        private Embedder of(EmbeddingModel model) {
            return text -> model.embed(text).content().vector();
        }
    },
    SPRING_AI(
            "Spring AI",
            List.of("spring-ai-transformers", "onnxruntime-1", "api-0", "tokenizers-0", "jna-", "gson-"),
            List.of("lathe-text", "lathe-tokenizers", "lathe-spring-ai")) {
        @Override
        Embedder own(Path folder) throws Exception {
            TransformersEmbeddingModel model = new TransformersEmbeddingModel();
            model.setModelResource(folder.resolve("model.onnx").toUri().toString());
            model.setTokenizerResource(folder.resolve("tokenizer.json").toUri().toString());
            model.setDisableCaching(true);
            model.afterPropertiesSet();
            return model::embed;
        }

        @Override
        Embedder lathe(Path folder) {
            return dev.lathe.springai.LatheEmbeddingModel.builder(TextEmbedder.open(folder))
                    .build()::embed;
        }
    },
    DJL(
            "DJL",
            List.of("onnxruntime", "tokenizers-0", "jna-", "gson-"),
            List.of("lathe-djl", "tokenizers-0", "jna-", "gson-")) {
        @Override
        Embedder own(Path folder) throws Exception {
            return predictor(folder.resolve("model.onnx"), "OnnxRuntime");
        }

        @Override
        Embedder lathe(Path folder) throws Exception {
            return predictor(folder.resolve("model.jar"), "Lathe");
        }

        private Embedder predictor(Path model, String engine) throws Exception {
            ZooModel<String, float[]> loaded = Criteria.builder()
                    .setTypes(String.class, float[].class)
                    .optEngine(engine)
                    .optModelPath(model)
                    .optTranslatorFactory(new TextEmbeddingTranslatorFactory())
                    .optArgument("includeTokenTypes", true)
                    .build()
                    .loadModel();
            ThreadLocal<Predictor<String, float[]>> predictors = ThreadLocal.withInitial(loaded::newPredictor);
            return text -> {
                try {
                    return predictors.get().predict(text);
                } catch (TranslateException e) {
                    throw new IllegalStateException(e);
                }
            };
        }
    };

    /** The vector of a text; several threads may ask at a time. */
    interface Embedder {
        float[] embed(String text);
    }

    private final String title;
    private final List<String> ownJars;
    private final List<String> latheJars;

    Framework(String title, List<String> ownJars, List<String> latheJars) {
        this.title = title;
        this.ownJars = ownJars;
        this.latheJars = latheJars;
    }

    String title() {
        return title;
    }

    /** How the names of the jars begin that its own model brings beside the framework and the model's files. */
    List<String> ownJars() {
        return ownJars;
    }

    /** How the names of the jars begin that Lathe brings beside the library that compiles. */
    List<String> latheJars() {
        return latheJars;
    }

    /** Opens the framework's own model of ONNX Runtime. */
    abstract Embedder own(Path folder) throws Exception;

    /** Opens Lathe's. */
    abstract Embedder lathe(Path folder) throws Exception;
}
