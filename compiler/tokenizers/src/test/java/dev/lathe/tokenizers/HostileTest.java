package dev.lathe.tokenizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and texts that were made to do harm end in an answer or in an error that says what is wrong. */
class HostileTest {
    private static final String FILE = """
        {"version": "1.0", "truncation": {"max_length": 6, "strategy": "LongestFirst", "stride": 2},
         "padding": {"strategy": {"Fixed": 9}, "direction": "Left", "pad_id": 0, "pad_token": "a"},
         "added_tokens": [{"id": 9, "content": "bb", "lstrip": true, "special": true}],
         "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Replace",
           "pattern": {"Regex": "c+"}, "content": "d"}]},
         "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(?:a|b)*"}, "behavior": "Isolated"},
         "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}],
           "pair": [{"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {}},
         "decoder": {"type": "Strip", "content": "a", "start": 3, "stop": 3},
         "model": {"type": "BPE", "unk_token": "a", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}
        """;

    private static Tokenizer splitting(String regex) {
        String json =
                "{\"pre_tokenizer\": {\"type\": \"Split\", \"behavior\": \"Isolated\", \"pattern\": {\"Regex\": \""
                        + regex.replace("\\", "\\\\")
                        + "\"}}, \"model\": {\"type\": \"WordLevel\", \"unk_token\": \"a\", \"vocab\": {\"a\": 0}}}";
        return Tokenizer.parse(json.getBytes(StandardCharsets.UTF_8), "hostile.json");
    }

    @Test
    void changedFilesAreReadOrRefused() {
        byte[] file = FILE.getBytes(StandardCharsets.UTF_8);
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 2000; i++) {
            byte[] changed = file.clone();
            for (int n = random.nextInt(1, 4); n > 0; n--) {
                changed[random.nextInt(changed.length)] =
                        random.nextBoolean() ? (byte) random.nextInt(256) : file[random.nextInt(file.length)];
            }
            try {
                Tokenizer tokenizer = Tokenizer.parse(changed, "changed");
                Encoding encoding = tokenizer.encode("aabbcc \ud800 abab\u0301");
                assertThat(tokenizer.decode(encoding.ids(), true)).isNotNull();
            } catch (LatheException e) {
                assertThat(e.diagnostics()).isNotEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[",
                "{",
                "\"",
                "null",
                "[]",
                "{}",
                "{\"model\": 1}",
                "{\"model\": {\"vocab\": {\"a\": 1e99}}}",
                "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[1, 2]]}}",
                "{\"version\": \"2\"}",
                "\u0000"
            })
    void whatIsNoTokenizerIsRefused(String text) {
        assertThatThrownBy(() -> Tokenizer.parse(text.getBytes(StandardCharsets.UTF_8), "hostile"))
                .isInstanceOf(LatheException.class);
    }

    @Test
    void depthIsBounded() {
        assertThatThrownBy(() -> Tokenizer.parse("[".repeat(100_000).getBytes(StandardCharsets.UTF_8), "deep"))
                .hasMessageContaining("less nesting");
        assertThatThrownBy(() -> splitting("(".repeat(10_000))).isInstanceOf(LatheException.class);
        assertThatThrownBy(() -> splitting("[".repeat(10_000))).isInstanceOf(LatheException.class);
        assertThatThrownBy(() -> splitting("a" + "+".repeat(10_000))).isInstanceOf(LatheException.class);
        assertThatThrownBy(() -> splitting("(?:(?:a{999}){999}){999}")).isInstanceOf(LatheException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+$b",
                "(a|aa)+b",
                "(a*)*b",
                "(?:a?){30}a{30}b",
                "(?=(a+))a*b",
                "\\d{1,3}(?=(?:\\d{3})*\\b)",
                "(?:a|b|ab)*c",
                "(.*?,){11}P",
                "\\s+(?!\\S)|\\s+",
                "(?<=a)(a|a)*?c"
            })
    void noPatternHangs(String regex) {
        Tokenizer tokenizer = splitting(regex);
        for (String text : new String[] {"a".repeat(3000), "1".repeat(3000), " ".repeat(3000), "ab,".repeat(1000)}) {
            Assertions.assertTimeoutPreemptively(Duration.ofMinutes(1), () -> {
                try {
                    assertThat(tokenizer.encode(text).size()).isPositive();
                } catch (LatheException e) {
                    assertThat(e).hasMessageContaining("takes too long");
                }
            });
        }
    }

    @Test
    void aLongWordTakesNoLongTime() {
        Tokenizer tokenizer = Tokenizer.parse(FILE.getBytes(StandardCharsets.UTF_8), "long")
                .untruncated()
                .unpadded();
        Assertions.assertTimeoutPreemptively(
                Duration.ofMinutes(1),
                () -> assertThat(tokenizer.encode("ab".repeat(200_000)).size()).isPositive());
    }
}
