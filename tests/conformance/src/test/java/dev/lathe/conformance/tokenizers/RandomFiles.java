package dev.lathe.conformance.tokenizers;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Small files of tokenizers with every component and option, at random. Left out is what makes the reference crash
 * instead of refusing it, since it would take the JVM with it.
 */
final class RandomFiles {
    private static final List<String> BEHAVIORS =
            List.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous");
    private static final List<String> REGEXES = List.of(
            "\\s+",
            "\\p{L}+",
            "\\d{1,3}",
            "[^\\s\\p{L}\\p{N}]+",
            "\\s+(?!\\S)|\\s+",
            "(?i:'s|'t|'ll)|\\w+",
            "[a-z]+?[0-9]*",
            "(?<=[a-z])[A-Z]",
            "(?<!\\s)[.,!?]",
            "[^(\\s|[.,!?…。，、।۔،])]+",
            "\\b",
            "\\d(?=(?:\\d{3})+\\b)",
            "[\\p{Han}\\p{Hiragana}]",
            "(?>a|ab)c|[aeiou]++",
            "\\p{Lu}?\\p{Ll}*",
            "^.|.$",
            "[[:punct:]&&[^-]]",
            "(?:ab|a)(?:bc)?|e*",
            "\\p{P}|\\p{S}",
            " {2,}",
            "(a*)*b",
            "\\r?\\n");
    private static final List<String> PIECES = List.of(
            "the", "he", "el", "ll", "lo", "world", "or", "wo", "in", "un", "aff", "able", "ing", "token", "iz",
            "ation", "12", "123", "café", "é", "e", "мир", "日本", "本", "中", "한국", "😀", "...", "--", "'s", "n't", "ß",
            "ss", "▁", "▁the", "▁a", "Ġ", "Ġthe", "Ġa");

    private final SplittableRandom random;

    RandomFiles(long seed) {
        this.random = new SplittableRandom(seed);
    }

    byte[] next() {
        String model = model();
        String normalizer = maybe(() -> normalizer(2));
        String json = "{\"version\": \"1.0\", \"truncation\": " + truncation() + ", \"padding\": " + padding()
                + ", \"added_tokens\": " + added(!normalizer.contains("\"content\": \"\""))
                + ", \"normalizer\": " + normalizer
                + ", \"pre_tokenizer\": " + maybe(() -> preTokenizer(2))
                + ", \"post_processor\": " + maybe(() -> postProcessor(true))
                + ", \"decoder\": " + maybe(() -> decoder(2))
                + ", \"model\": " + model + "}";
        return json.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private String maybe(Supplier<String> part) {
        return random.nextInt(6) == 0 ? "null" : part.get();
    }

    private boolean coin() {
        return random.nextBoolean();
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    static String quoted(String s) {
        StringBuilder out = new StringBuilder("\"");
        s.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                out.append('\\').append((char) c);
            } else if (c < ' ') {
                out.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                out.append((char) c);
            }
        });
        return out.append('"').toString();
    }

    private String type(String name, String... members) {
        StringBuilder out = new StringBuilder("{\"type\": \"" + name + "\"");
        for (int i = 0; i < members.length; i += 2) {
            out.append(", \"").append(members[i]).append("\": ").append(members[i + 1]);
        }
        return out.append("}").toString();
    }

    private String flag() {
        return Boolean.toString(coin());
    }

    private String list(Supplier<String> part, int most) {
        List<String> parts = new ArrayList<>();
        int count = random.nextInt(0, most + 1);
        for (int i = 0; i < count; i++) {
            parts.add(part.get());
        }
        return parts.toString();
    }

    private String pattern() {
        return coin()
                ? "{\"String\": " + quoted(pick(List.of(" ", "a", "the", "-", "...", "▁", "  ", "é", "😀"))) + "}"
                : "{\"Regex\": " + quoted(pick(REGEXES)) + "}";
    }

    private String normalizer(int depth) {
        return switch (random.nextInt(depth > 0 ? 14 : 13)) {
            case 0 ->
                type(
                        "BertNormalizer",
                        "clean_text",
                        flag(),
                        "handle_chinese_chars",
                        flag(),
                        "strip_accents",
                        pick(List.of("null", "true", "false")),
                        "lowercase",
                        flag());
            case 1 -> type("NFC");
            case 2 -> type("NFD");
            case 3 -> type("NFKC");
            case 4 -> type("NFKD");
            case 5 -> type("Lowercase");
            case 6 -> type("Strip", "strip_left", flag(), "strip_right", flag());
            case 7 -> type("StripAccents");
            case 8 ->
                type("Replace", "pattern", pattern(), "content", quoted(pick(List.of("", " ", "▁", "xy", "é", "😀"))));
            case 9 -> type("Prepend", "prepend", quoted(pick(List.of("▁", " ", "ab", "é"))));
            case 10 -> type("Nmt");
            case 11 -> type("ByteLevel");
            case 12 -> type("Precompiled", "precompiled_charsmap", quoted(new CharsMap().base64()));
            default -> type("Sequence", "normalizers", list(() -> normalizer(depth - 1), 3));
        };
    }

    private String preTokenizer(int depth) {
        return switch (random.nextInt(depth > 0 ? 13 : 10)) {
            case 0 -> type("BertPreTokenizer");
            case 1 -> type("Whitespace");
            case 2 -> type("WhitespaceSplit");
            case 3 -> type("Punctuation", "behavior", quoted(pick(BEHAVIORS)));
            case 4 -> type("ByteLevel", "add_prefix_space", flag(), "trim_offsets", flag(), "use_regex", flag());
            case 5 ->
                type(
                        "Metaspace",
                        "replacement",
                        quoted(pick(List.of("▁", "_", " "))),
                        "prepend_scheme",
                        quoted(pick(List.of("always", "first", "never"))),
                        "split",
                        flag());
            case 6 -> type("Split", "pattern", pattern(), "behavior", quoted(pick(BEHAVIORS)), "invert", flag());
            case 7 -> type("Digits", "individual_digits", flag());
            case 8 -> type("CharDelimiterSplit", "delimiter", quoted(pick(List.of(" ", "-", "é", "a"))));
            case 9 -> type("UnicodeScripts");
            default -> type("Sequence", "pretokenizers", list(() -> preTokenizer(depth - 1), 3));
        };
    }

    private String postProcessor(boolean top) {
        return switch (random.nextInt(top ? 6 : 4)) {
            case 0 -> type("BertProcessing", "sep", "[\"[SEP]\", 2]", "cls", "[\"[CLS]\", 1]");
            case 1 ->
                type(
                        "RobertaProcessing",
                        "sep",
                        "[\"</s>\", 2]",
                        "cls",
                        "[\"<s>\", 1]",
                        "trim_offsets",
                        flag(),
                        "add_prefix_space",
                        flag());
            case 2 -> type("ByteLevel", "add_prefix_space", flag(), "trim_offsets", flag(), "use_regex", flag());
            case 3, 4 ->
                type(
                        "TemplateProcessing",
                        "single",
                        coin()
                                ? "[" + special(0) + "," + text("A", 0) + "," + special(1) + "]"
                                : "[" + text("A", 3) + "]",
                        "pair",
                        "[" + text(coin() ? "A" : "B", 0) + "," + special(1) + "," + text("B", 1) + "," + special(0)
                                + "]",
                        "special_tokens",
                        "{\"x\": {\"id\": \"x\", \"ids\": [1, 2], \"tokens\": [\"[CLS]\", \"[SEP]\"]}}");
            default -> type("Sequence", "processors", "[" + postProcessor(false) + "]");
        };
    }

    private String special(int type) {
        return "{\"SpecialToken\": {\"id\": \"x\", \"type_id\": " + type + "}}";
    }

    private String text(String id, int type) {
        return "{\"Sequence\": {\"id\": \"" + id + "\", \"type_id\": " + type + "}}";
    }

    private String decoder(int depth) {
        return switch (random.nextInt(depth > 0 ? 12 : 9)) {
            case 0 -> type("WordPiece", "prefix", "\"##\"", "cleanup", flag());
            case 1 -> type("ByteLevel", "add_prefix_space", flag(), "trim_offsets", flag(), "use_regex", flag());
            case 2 ->
                type(
                        "Metaspace",
                        "replacement",
                        "\"▁\"",
                        "prepend_scheme",
                        quoted(pick(List.of("always", "first", "never"))),
                        "split",
                        flag());
            case 3 -> type("BPEDecoder", "suffix", "\"</w>\"");
            case 4 -> type("ByteFallback");
            case 5 -> type("Fuse");
            case 6 ->
                type(
                        "Strip",
                        "content",
                        quoted(pick(List.of(" ", "a", "é"))),
                        "start",
                        "" + random.nextInt(3),
                        "stop",
                        "0");
            case 7 -> type("Replace", "pattern", pattern(), "content", quoted(pick(List.of("", " ", "x"))));
            case 8 -> type("CTC", "pad_token", "\"<pad>\"", "word_delimiter_token", "\"|\"", "cleanup", flag());
            default -> type("Sequence", "decoders", list(() -> decoder(depth - 1), 3));
        };
    }

    private String truncation() {
        if (random.nextInt(3) > 0) {
            return "null";
        }
        int most = random.nextInt(8, 20);
        String strategy = pick(List.of("LongestFirst", "OnlyFirst", "OnlySecond"));
        // The reference crashes where a text may be cut to no more tokens than the stride.
        int stride = most >= 12 && strategy.equals("LongestFirst") ? random.nextInt(0, 2) : 0;
        return "{\"direction\": " + quoted(coin() ? "Left" : "Right") + ", \"max_length\": " + most + ", \"strategy\": "
                + quoted(strategy) + ", \"stride\": " + stride + "}";
    }

    private String padding() {
        if (random.nextInt(3) > 0) {
            return "null";
        }
        return "{\"strategy\": " + (coin() ? "\"BatchLongest\"" : "{\"Fixed\": " + random.nextInt(0, 30) + "}")
                + ", \"direction\": " + quoted(coin() ? "Left" : "Right")
                + ", \"pad_to_multiple_of\": " + pick(List.of("null", "8", "5"))
                + ", \"pad_id\": 3, \"pad_type_id\": " + random.nextInt(2) + ", \"pad_token\": \"[PAD]\"}";
    }

    /** @param mayNormalize whether no token becomes empty: the reference crashes on these */
    private String added(boolean mayNormalize) {
        List<String> tokens = new ArrayList<>();
        Set<String> contents = new LinkedHashSet<>();
        int count = random.nextInt(0, 5);
        for (int i = 0; i < count; i++) {
            contents.add(pick(List.of(
                    "[MASK]",
                    "[SEP]",
                    "<s>",
                    "Hello",
                    "the",
                    "CAFÉ",
                    "world",
                    "мир",
                    "\ud83d\ude00",
                    "12",
                    "it",
                    "  ",
                    "<|endoftext|>")));
        }
        for (String content : contents) {
            tokens.add("{\"id\": " + (500 + tokens.size()) + ", \"content\": " + quoted(content) + ", \"single_word\": "
                    + flag()
                    + ", \"lstrip\": " + flag() + ", \"rstrip\": " + flag()
                    + ", \"normalized\": " + (content.isBlank() || !mayNormalize ? "false" : flag()) + ", \"special\": "
                    + flag() + "}");
        }
        return tokens.toString();
    }

    private String model() {
        return switch (random.nextInt(5)) {
            case 0 -> wordPiece();
            case 1 -> wordLevel();
            case 2 -> unigram();
            default -> bpe();
        };
    }

    private Set<String> words(boolean withBytes) {
        Set<String> words = new LinkedHashSet<>(List.of("[UNK]", "[CLS]", "[SEP]", "[PAD]"));
        if (withBytes) {
            int bytes = coin() ? 256 : 200;
            for (int b = 0; b < bytes; b++) {
                words.add(String.format(Locale.ROOT, "<0x%02X>", b));
            }
        }
        for (char c = ' '; c < 0x7f; c++) {
            if (random.nextInt(12) > 0) {
                words.add(String.valueOf(c));
            }
        }
        for (int c = 0xa1; c < 0x144; c++) {
            if (random.nextInt(6) > 0) {
                words.add(String.valueOf((char) c));
            }
        }
        for (String piece : PIECES) {
            if (random.nextInt(4) > 0) {
                words.add(piece);
            }
        }
        return words;
    }

    private static String vocab(Iterable<String> words) {
        StringBuilder out = new StringBuilder("{");
        int id = 0;
        for (String word : words) {
            out.append(id == 0 ? "" : ", ").append(quoted(word)).append(": ").append(id++);
        }
        return out.append("}").toString();
    }

    private String wordPiece() {
        Set<String> words = words(false);
        String prefix = pick(List.of("##", "_", ""));
        for (String word : List.copyOf(words)) {
            if (coin()) {
                words.add(prefix + word);
            }
        }
        return type(
                "WordPiece",
                "unk_token",
                "\"[UNK]\"",
                "continuing_subword_prefix",
                quoted(prefix),
                "max_input_chars_per_word",
                pick(List.of("100", "5", "1000")),
                "vocab",
                vocab(words));
    }

    private String wordLevel() {
        Set<String> words = words(false);
        words.addAll(List.of("Hello", "don't", "日本語", "cafe"));
        return type("WordLevel", "vocab", vocab(words), "unk_token", coin() ? "\"[UNK]\"" : "\"nothing\"");
    }

    private String unigram() {
        boolean bytes = coin();
        List<String> entries = new ArrayList<>();
        for (String word : words(bytes)) {
            double score = random.nextInt(8) == 0 ? -3 : -random.nextDouble() * 12;
            entries.add("[" + quoted(word) + ", " + score + "]");
        }
        return type(
                "Unigram",
                "unk_id",
                random.nextInt(6) == 0 ? "null" : "0",
                "vocab",
                entries.toString(),
                "byte_fallback",
                "" + bytes);
    }

    private String bpe() {
        boolean bytes = coin();
        Set<String> words = words(bytes);
        boolean affixes = !bytes && random.nextInt(3) == 0;
        String prefix = affixes && coin() ? "##" : "";
        String suffix = affixes && coin() ? "</w>" : "";
        List<String> parts = new ArrayList<>(words.stream()
                .filter(w -> w.length() <= 2 && w.indexOf(' ') < 0 || w.startsWith("<0x"))
                .toList());
        if (affixes) {
            for (String part : List.copyOf(parts)) {
                words.add(prefix + part);
                parts.add(prefix + part);
                words.add(part + suffix);
                words.add(prefix + part + suffix);
                parts.add(prefix + part + suffix);
            }
        }
        List<String> merges = new ArrayList<>();
        boolean pairs = coin();
        for (int i = 0; i < 300; i++) {
            String left = pick(parts);
            String right = pick(parts);
            if (!right.startsWith(prefix)) {
                continue;
            }
            String merged = left + right.substring(prefix.length());
            if (words.add(merged) && merged.length() < 12) {
                parts.add(merged);
            }
            merges.add(pairs ? "[" + quoted(left) + ", " + quoted(right) + "]" : quoted(left + " " + right));
        }
        return type(
                "BPE",
                "dropout",
                "null",
                "unk_token",
                pick(List.of("null", "\"[UNK]\"", "\"[UNK]\"", "\"nothing\"")),
                "continuing_subword_prefix",
                prefix.isEmpty() ? pick(List.of("null", "\"\"")) : quoted(prefix),
                "end_of_word_suffix",
                suffix.isEmpty() ? pick(List.of("null", "\"\"")) : quoted(suffix),
                "fuse_unk",
                flag(),
                "byte_fallback",
                "" + bytes,
                "ignore_merges",
                flag(),
                "vocab",
                vocab(words),
                "merges",
                merges.toString());
    }
}
