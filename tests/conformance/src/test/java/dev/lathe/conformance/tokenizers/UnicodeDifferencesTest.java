package dev.lathe.conformance.tokenizers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.tokenizers.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Every component that asks what a character is, for single characters, beside the reference: it differs where the list
 * says so, and nowhere else. {@code -Dlathe.tokenizers.characters=all} asks for every character, else for a share;
 * {@code -Dbless} asks for all and writes the list again.
 */
class UnicodeDifferencesTest {
    private static final boolean BLESSES = System.getProperty("bless") != null;
    private static final int STEP =
            BLESSES || System.getProperty("lathe.tokenizers.characters", "").equals("all") ? 1 : 97;
    private static final String MARKS = "\u0301\u0345\u0334";

    /** A tokenizer whose tokens show what its normalizer and pre-tokenizer made of a text. */
    private static byte[] file(String normalizer, String preTokenizer) {
        return ("{\"version\": \"1.0\", \"normalizer\": " + normalizer + ", \"pre_tokenizer\": " + preTokenizer
                        + ", \"model\": {\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"<unk>\", 0.0]]}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] bert(boolean cleans) {
        return file(
                "{\"type\": \"BertNormalizer\", \"clean_text\": " + cleans
                        + ", \"handle_chinese_chars\": true, \"strip_accents\": " + !cleans + ", \"lowercase\": false}",
                "null");
    }

    private static Map<String, byte[]> components() {
        Map<String, byte[]> all = new LinkedHashMap<>();
        all.put("BertNormalizer.clean_text", bert(true));
        all.put("BertNormalizer.strip_accents", bert(false));
        for (String name : List.of("Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "StripAccents")) {
            all.put(name, file("{\"type\": \"" + name + "\"}", "null"));
        }
        for (String name : List.of("BertPreTokenizer", "UnicodeScripts", "Whitespace", "WhitespaceSplit")) {
            all.put(name, file("null", "{\"type\": \"" + name + "\"}"));
        }
        all.put("Digits", file("null", "{\"type\": \"Digits\", \"individual_digits\": true}"));
        all.put("Punctuation", file("null", "{\"type\": \"Punctuation\", \"behavior\": \"Removed\"}"));
        for (String set : List.of(
                "\\s",
                "\\w",
                "\\d",
                "\\p{L}",
                "\\p{M}",
                "\\p{N}",
                "\\p{P}",
                "\\p{S}",
                "\\p{Lu}",
                "\\p{Ll}",
                "\\p{Lm}",
                "\\p{Lo}",
                "[[:punct:]]",
                "\\p{Han}",
                "(?i:k)")) {
            all.put(
                    "Split " + set.replace(":", ""),
                    file(
                            "null",
                            "{\"type\": \"Split\", \"pattern\": {\"Regex\": " + RandomFiles.quoted(set)
                                    + "}, \"behavior\": \"Removed\", \"invert\": false}"));
        }
        return all;
    }

    @Test
    void onlyTheListedCharactersDiffer() throws IOException {
        Map<String, BitSet> listed = UnicodeDifferences.listed();
        StringBuilder written = new StringBuilder();
        components().forEach((name, file) -> {
            BitSet expected = listed.getOrDefault(name, new BitSet());
            BitSet found = differing(file, expected);
            if (BLESSES) {
                written.append(found.isEmpty() ? "" : name + ":" + UnicodeDifferences.written(found) + "\n");
            } else {
                assertThat(UnicodeDifferences.written(found)).as(name).isEqualTo(UnicodeDifferences.written(expected));
            }
        });
        if (BLESSES) {
            Files.writeString(
                    Path.of("src/test/resources/dev/lathe/conformance/tokenizers", UnicodeDifferences.FILE), written);
        }
    }

    private static BitSet differing(byte[] file, BitSet expected) {
        Tokenizer tokenizer = Tokenizer.parse(file, "a component");
        BitSet found = new BitSet();
        try (HuggingFace reference = new HuggingFace(file)) {
            for (int c = 1; c < 0x30000; c++) {
                boolean surrogate = c >= 0xd800 && c < 0xe000;
                if (!surrogate && Character.isDefined(c) && (c < 0x300 || c % STEP == 0 || expected.get(c))) {
                    String s = Character.toString(c);
                    String text = "a" + s + "b a" + s + MARKS + "b a" + MARKS + s + "bα" + s + "α." + s + ".";
                    if (!Arrays.equals(tokenizer.encode(text).tokens().toArray(), reference.tokens(text))) {
                        found.set(c);
                    }
                }
            }
        }
        return found;
    }
}
