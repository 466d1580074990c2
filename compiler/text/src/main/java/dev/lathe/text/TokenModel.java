package dev.lathe.text;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import dev.lathe.tokenizers.Encoding;
import dev.lathe.tokenizers.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A model that takes tokens: cuts texts into tokens and these into batches, runs them, and hands over what comes out
 * for each text.
 */
final class TokenModel implements AutoCloseable {
    private final Executable model;
    private final boolean owned;
    private final TokenInputs ports;
    private final Tokenizer tokenizer;
    private final int most;
    private final int tokensPerBatch;

    /**
     * @param owned whether {@link #close} closes {@code model}
     * @param maxTokens of a text; absent for as many as the tokenizer's own configuration says, and at most
     * {@link TextBuilder#DEFAULT_MAX_TOKENS}
     */
    TokenModel(Executable model, boolean owned, Tokenizer tokenizer, OptionalInt maxTokens, int tokensPerBatch) {
        this.model = model;
        this.owned = owned;
        this.ports = TokenInputs.of(model.inputs());
        int asked = maxTokens.orElse(TextBuilder.DEFAULT_MAX_TOKENS);
        this.most = Math.min(asked, ports.tokens().orElse(asked));
        Tokenizer plain = tokenizer.unpadded();
        this.tokenizer = maxTokens.isPresent() ? plain.truncated(most) : plain;
        this.tokensPerBatch = tokensPerBatch;
    }

    /** Receives what the model makes of a text. */
    interface Rows {
        /**
         * @param text its number
         * @param output of the batch in which it was
         * @param row its row there
         */
        void accept(int text, Tensor output, int row);
    }

    /** The most tokens of a text. */
    int maxTokens() {
        return most;
    }

    Encoding encode(String text) {
        Encoding all = tokenizer.encode(text);
        return fits(all) ? all : tokenizer.truncated(most).encode(text);
    }

    Encoding encode(String text, String pair) {
        Encoding all = tokenizer.encode(text, pair);
        return fits(all) ? all : tokenizer.truncated(most).encode(text, pair);
    }

    List<Encoding> encodeAll(List<String> texts) {
        List<Encoding> all = tokenizer.encodeAll(texts);
        return all.stream().allMatch(this::fits)
                ? all
                : tokenizer.truncated(most).encodeAll(texts);
    }

    private boolean fits(Encoding encoding) {
        return encoding.ids().length <= most;
    }

    /** Runs the model on texts; those without any token are left out. */
    void run(List<Encoding> texts, String output, Rows rows) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).ids().length > 0) {
                numbers.add(i);
            }
        }
        int[] lengths =
                numbers.stream().mapToInt(i -> texts.get(i).ids().length).toArray();
        int mostTexts = ports.texts().orElse(Integer.MAX_VALUE);
        for (int[] batch : Batches.of(lengths, tokensPerBatch, mostTexts, ports.masks())) {
            List<Encoding> given = new ArrayList<>();
            for (int k : batch) {
                given.add(texts.get(numbers.get(k)));
            }
            while (given.size() < ports.texts().orElse(0)) {
                given.add(given.getLast()); // a model for a fixed number of texts takes no fewer
            }
            Tensor result = Tensor.named(model.call(ports.tensors(given, tokenizer.padId())), output);
            for (int row = 0; row < batch.length; row++) {
                rows.accept(numbers.get(batch[row]), result, row);
            }
        }
    }

    /** The output with one of these names, or else the first of floats with so many axes; empty if there is none. */
    Optional<Port> output(int rank, List<String> names) {
        for (String name : names) {
            for (Port port : model.outputs()) {
                if (port.name().equals(name) && isFloat(port, rank)) {
                    return Optional.of(port);
                }
            }
        }
        return model.outputs().stream().filter(p -> isFloat(p, rank)).findFirst();
    }

    private static boolean isFloat(Port port, int rank) {
        return port.type() instanceof TensorType t
                && t.isRanked()
                && t.rank() == rank
                && t.element().isFloat();
    }

    /** For people: what comes out of the model. */
    String outputs() {
        return model.outputs().toString();
    }

    @Override
    public void close() {
        if (owned) {
            model.close();
        }
    }
}
