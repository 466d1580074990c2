package dev.lathe.tokenizers.model;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.tokenizers.json.Config;
import java.util.List;

/** Reads models from a tokenizer's file. */
public final class Models {
    private Models() {}

    /** The model that an object describes; old files do not say of which type it is. */
    public static Model read(Config config) {
        String type = config.string("type", guessed(config));
        return switch (type) {
            case "WordPiece" -> WordPiece.read(config);
            case "BPE" -> Bpe.read(config);
            case "Unigram" -> Unigram.read(config);
            case "WordLevel" -> WordLevel.read(config);
            default -> throw config.unsupported("the model " + type);
        };
    }

    private static String guessed(Config config) {
        if (config.has("merges")) {
            return "BPE";
        }
        if (config.has("continuing_subword_prefix")) {
            return "WordPiece";
        }
        return config.get("vocab") instanceof List<?> ? "Unigram" : "WordLevel";
    }

    /** The WordPiece model of a BERT vocabulary, whose ids are the places of the words. */
    public static Model wordPiece(List<String> words) {
        return WordPiece.of(words);
    }

    static LatheException noUnknown(String token) {
        return Config.refusedText(
                "a text has a character that the vocabulary lacks, and \"" + token + "\" is not in the vocabulary",
                "use a tokenizer with a token for what is unknown");
    }
}
