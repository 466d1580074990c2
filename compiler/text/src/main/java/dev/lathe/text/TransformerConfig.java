package dev.lathe.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What {@code config.json} and its neighbours say of a transformer.
 *
 * @param maxTokens the most tokens of a text
 * @param labels the names of the classes, in their order; empty if there are none
 * @param problem {@code problem_type}: what a classifier's outputs are
 * @param activation what a cross-encoder does to its outputs: the name of a class of PyTorch
 */
record TransformerConfig(
        OptionalInt maxTokens, List<String> labels, Optional<String> problem, Optional<String> activation) {

    static final TransformerConfig NONE =
            new TransformerConfig(OptionalInt.empty(), List.of(), Optional.empty(), Optional.empty());

    /** Models that count positions from the id of padding on, and so have that many fewer. */
    private static final Set<String> COUNT_FROM_PADDING =
            Set.of("roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer", "data2vec-text");

    static TransformerConfig read(ModelFiles files) {
        Optional<JsonObject> config = files.json("config.json");
        return new TransformerConfig(
                maxTokens(files, config),
                config.flatMap(c -> c.object("id2label"))
                        .map(TransformerConfig::labels)
                        .orElse(List.of()),
                config.flatMap(c -> c.text("problem_type")),
                config.flatMap(c -> c.object("sentence_transformers")
                        .flatMap(s -> s.text("activation_fn"))
                        .or(() -> c.text("sbert_ce_default_activation_function"))));
    }

    private static OptionalInt maxTokens(ModelFiles files, Optional<JsonObject> config) {
        OptionalInt own = of(files.json("sentence_bert_config.json"), "max_seq_length");
        if (own.isPresent()) {
            return own;
        }
        OptionalInt positions = of(config, "max_position_embeddings");
        if (positions.isPresent()
                && config.flatMap(c -> c.text("model_type"))
                        .filter(COUNT_FROM_PADDING::contains)
                        .isPresent()) {
            positions = OptionalInt.of(positions.getAsInt() - padding(config) - 1);
        }
        OptionalInt tokenizer = of(files.json("tokenizer_config.json"), "model_max_length");
        if (positions.isPresent() && tokenizer.isPresent()) {
            return OptionalInt.of(Math.min(positions.getAsInt(), tokenizer.getAsInt()));
        }
        return positions.isPresent() ? positions : tokenizer;
    }

    private static OptionalInt of(Optional<JsonObject> object, String member) {
        return object.isPresent() ? object.get().number(member, 1) : OptionalInt.empty();
    }

    private static int padding(Optional<JsonObject> config) {
        return config.map(c -> c.number("pad_token_id", 0))
                .orElse(OptionalInt.empty())
                .orElse(1);
    }

    /** From numbers to names. */
    private static List<String> labels(JsonObject names) {
        Map<String, String> byId = names.allTexts();
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < byId.size(); i++) {
            String label = byId.get(Integer.toString(i));
            if (label == null) {
                throw TextFaults.model(
                        "text.config",
                        names.name() + " has no name for class " + i + " of " + byId.size(),
                        "number the classes from 0");
            }
            labels.add(label);
        }
        return labels;
    }
}
