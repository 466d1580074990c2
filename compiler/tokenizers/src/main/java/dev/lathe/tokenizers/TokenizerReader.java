package dev.lathe.tokenizers;

import dev.lathe.tokenizers.decoder.Decoders;
import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.json.Json;
import dev.lathe.tokenizers.model.Model;
import dev.lathe.tokenizers.model.Models;
import dev.lathe.tokenizers.normalizer.Normalizer;
import dev.lathe.tokenizers.normalizer.Normalizers;
import dev.lathe.tokenizers.postprocessor.Padding;
import dev.lathe.tokenizers.postprocessor.PostProcessors;
import dev.lathe.tokenizers.postprocessor.Truncation;
import dev.lathe.tokenizers.pretokenizer.PreTokenizers;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Reads the files of tokenizers. */
final class TokenizerReader {
    private static final List<String> BERT_TOKENS = List.of("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]");

    private TokenizerReader() {}

    /** A {@code tokenizer.json}, or a {@code vocab.txt} where the text is no JSON object. */
    static Tokenizer read(byte[] bytes, String name) {
        for (byte b : bytes) {
            if (b == '{') {
                return json(bytes, name);
            }
            if (b != ' '
                    && b != '\n'
                    && b != '\r'
                    && b != '\t'
                    && b != (byte) 0xef
                    && b != (byte) 0xbb
                    && b != (byte) 0xbf) {
                break;
            }
        }
        return vocabulary(bytes, name);
    }

    static Tokenizer json(byte[] bytes, String name) {
        Object parsed;
        try {
            parsed = Json.parse(bytes);
        } catch (IllegalArgumentException e) {
            throw Config.bad(name, "it is no JSON, " + e.getMessage());
        }
        if (!(parsed instanceof Map<?, ?> members)) {
            throw Config.bad(name, "it is no object");
        }
        Config config = new Config(name, "", members);
        if (!config.string("version", "1.0").equals("1.0")) {
            throw config.unsupported("the version " + config.string("version"));
        }
        Model model = Models.read(config.object("model"));
        Normalizer normalizer = config.has("normalizer") ? Normalizers.read(config.object("normalizer")) : null;
        return new Tokenizer(
                new Tokenizer.Stages(
                        normalizer,
                        config.has("pre_tokenizer") ? PreTokenizers.read(config.object("pre_tokenizer")) : p -> {},
                        model,
                        config.has("post_processor")
                                ? PostProcessors.read(config.object("post_processor"), model.vocabulary())
                                : PostProcessors.none(),
                        config.has("decoder") ? Decoders.read(config.object("decoder")) : Tokenizer::spaced,
                        new AddedTokens(
                                config.has("added_tokens") ? config.objects("added_tokens") : List.of(),
                                model.vocabulary(),
                                normalizer)),
                config.has("truncation") ? Truncation.read(config.object("truncation")) : null,
                config.has("padding") ? Padding.read(config.object("padding")) : null);
    }

    /**
     * A vocabulary of BERT, a word in each line. It does not say whether the model is cased: it is, if a word has a
     * capital.
     */
    private static Tokenizer vocabulary(byte[] bytes, String name) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Config.bad(name, "it is no UTF-8");
        }
        List<String> words = new ArrayList<>();
        text.lines().forEach(line -> words.add(line.stripTrailing()));
        Model model = Models.wordPiece(words);
        int first = id(model, "[CLS]", name);
        int separator = id(model, "[SEP]", name);
        id(model, "[UNK]", name);
        boolean cased = words.stream()
                .anyMatch(w -> !BERT_TOKENS.contains(w)
                        && !w.startsWith("[unused")
                        && w.codePoints().anyMatch(Character::isUpperCase));
        Normalizer normalizer =
                Normalizers.read(new Config(name, "normalizer", Map.of("type", "BertNormalizer", "lowercase", !cased)));
        List<Config> special = BERT_TOKENS.stream()
                .filter(t -> model.vocabulary().id(t).isPresent())
                .map(t -> new Config(name, "", Map.of("content", t, "normalized", false, "special", true)))
                .toList();
        return new Tokenizer(
                new Tokenizer.Stages(
                        normalizer,
                        PreTokenizers.bert(),
                        model,
                        PostProcessors.bert(first, separator),
                        Decoders.wordPiece("##", true),
                        new AddedTokens(special, model.vocabulary(), normalizer)),
                null,
                null);
    }

    private static int id(Model model, String token, String name) {
        OptionalInt id = model.vocabulary().id(token);
        if (id.isEmpty()) {
            throw Config.bad(name, "it is no JSON, and as a vocabulary of BERT it lacks " + token);
        }
        return id.getAsInt();
    }
}
