package dev.lathe.text;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.tokenizers.Tokenizer;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What can be said of every model that takes text. What is not said is as the model's files have it.
 *
 * @param <B> the builder itself
 */
public abstract sealed class TextBuilder<B extends TextBuilder<B>>
        permits TextEmbedder.Builder, TextScorer.Builder, TextClassifier.Builder {
    static final int DEFAULT_MAX_TOKENS = 512;
    private static final int DEFAULT_TOKENS_PER_BATCH = 4096;

    /** Where the model comes from. */
    private sealed interface Source {
        record Given(Executable model, Tokenizer tokenizer) implements Source {}

        record Opened(ModelFiles files) implements Source {}
    }

    private final Source source;
    private CompileOptions compileOptions = CompileOptions.standard();
    private OptionalInt maxTokens = OptionalInt.empty();
    private int tokensPerBatch = DEFAULT_TOKENS_PER_BATCH;

    TextBuilder(Executable model, Tokenizer tokenizer) {
        this.source = new Source.Given(model, tokenizer);
    }

    TextBuilder(ModelFiles files) {
        this.source = new Source.Opened(files);
    }

    abstract B self();

    /**
     * How a model file is compiled. Of a model that is compiled already, its threads and calls at a time are taken; a
     * given executable is as it is.
     */
    public final B compileOptions(CompileOptions options) {
        this.compileOptions = options;
        return self();
    }

    /**
     * The most tokens of a text, those that mark its start and end included; the rest of a longer one is not seen.
     * What files say is in {@code sentence_bert_config.json}, else in {@code config.json} and
     * {@code tokenizer_config.json}; where none do, the tokenizer's own limit holds, and at most 512.
     */
    public final B maxTokens(int most) {
        if (most < 1) {
            throw new IllegalArgumentException(most + " tokens");
        }
        this.maxTokens = OptionalInt.of(most);
        return self();
    }

    /**
     * The most tokens that go through the model at a time, padding included, 4096 unless said otherwise; a longer text
     * goes alone. It bounds the memory of a call.
     */
    public final B tokensPerBatch(int most) {
        if (most < 1) {
            throw new IllegalArgumentException(most + " tokens");
        }
        this.tokensPerBatch = most;
        return self();
    }

    /** The files, if the model comes from some. */
    final Optional<ModelFiles> files() {
        return source instanceof Source.Opened(ModelFiles files) ? Optional.of(files) : Optional.empty();
    }

    /**
     * The model.
     *
     * @param from the folder in which the model and its tokenizer are
     * @param limit the most tokens of a text, as its files say
     */
    final TokenModel model(Optional<ModelFiles> from, OptionalInt limit) {
        OptionalInt most = maxTokens.isPresent() ? maxTokens : limit;
        return switch (source) {
            case Source.Given(Executable model, Tokenizer tokenizer) ->
                new TokenModel(model, false, tokenizer, most, tokensPerBatch);
            case Source.Opened(ModelFiles files) -> {
                ModelFiles place = from.orElse(files);
                Tokenizer tokenizer = place.tokenizer();
                Executable model = place.load(compileOptions);
                try {
                    yield new TokenModel(model, true, tokenizer, most, tokensPerBatch);
                } catch (RuntimeException e) {
                    model.close();
                    throw e;
                }
            }
        };
    }
}
