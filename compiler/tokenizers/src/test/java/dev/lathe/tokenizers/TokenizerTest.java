package dev.lathe.tokenizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
    private static final String BERT = """
        {"added_tokens": [{"content": "[MASK]", "special": true, "normalized": false}],
         "normalizer": {"type": "BertNormalizer"},
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "post_processor": {"type": "BertProcessing", "cls": ["[CLS]", 1], "sep": ["[SEP]", 2]},
         "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2,
           "un": 3, "##aff": 4, "##able": 5, "cafe": 6, "!": 7, "東": 8, "[PAD]": 9, "[MASK]": 10}}}
        """;

    private static Tokenizer parse(String json) {
        return Tokenizer.parse(json.getBytes(StandardCharsets.UTF_8), "test.json");
    }

    @Test
    void wordsAreCutIntoTheLongestPieces() {
        Encoding encoding = parse(BERT).encode("Unaffable CAFÉ! [MASK]");
        assertThat(encoding.ids()).containsExactly(1, 3, 4, 5, 6, 7, 10, 2);
        assertThat(encoding.starts()).containsExactly(0, 0, 2, 5, 10, 14, 16, 0);
        assertThat(encoding.ends()).containsExactly(0, 2, 5, 9, 14, 15, 22, 0);
        assertThat(encoding.specialTokens()).containsExactly(1, 0, 0, 0, 0, 0, 0, 1);
        assertThat(parse(BERT).decode(encoding.ids(), true)).isEqualTo("[CLS] unaffable cafe! [SEP]");
    }

    @Test
    void aWordThatCannotBeCutIsUnknownAsAWhole() {
        assertThat(parse(BERT).encode("unaffordable 東京").ids()).containsExactly(1, 0, 8, 0, 2);
        assertThat(parse(BERT).encode("un" + "aff".repeat(40)).ids()).containsExactly(1, 0, 2);
    }

    @Test
    void aPairHasTwoTypes() {
        Encoding pair = parse(BERT).encode("cafe", "un!");
        assertThat(pair.ids()).containsExactly(1, 6, 2, 3, 7, 2);
        assertThat(pair.typeIds()).containsExactly(0, 0, 0, 1, 1, 1);
    }

    @Test
    void longTextEndsWithTheSeparatorAndTheRestOverflows() {
        Encoding cut = parse(BERT).truncated(4).encode("cafe un cafe un cafe");
        assertThat(cut.ids()).containsExactly(1, 6, 3, 2);
        assertThat(cut.overflow()).extracting(Encoding::size).containsExactly(4, 3);
        assertThat(parse(BERT).truncated(4).untruncated().encode("cafe un cafe").size())
                .isEqualTo(5);
        assertThatThrownBy(() -> parse(BERT).truncated(1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void textsAreFilledUpToTheLongest() {
        List<Encoding> both = parse(BERT).padded(4).encodeAll(List.of("cafe", "un cafe un"));
        assertThat(both.getFirst().ids()).containsExactly(1, 6, 2, 9, 9, 9, 9, 9);
        assertThat(both.getFirst().attentionMask()).containsExactly(1, 1, 1, 0, 0, 0, 0, 0);
        assertThat(both.getLast().size()).isEqualTo(8);
        assertThat(parse(BERT).padded(4).unpadded().encode("cafe").size()).isEqualTo(3);
    }

    @Test
    void placesAreUnitsOfTheString() {
        Encoding encoding = parse(BERT).encode("\ud83d\ude00 cafe\u0301 x");
        assertThat(encoding.starts()).containsExactly(0, 0, 3, 9, 0);
        assertThat(encoding.ends()).containsExactly(0, 2, 7, 10, 0); // BERT drops the accent
    }

    @Test
    void halfASurrogatePairIsTheReplacementCharacter() {
        String json = """
            {"model": {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "\\ufffd": 1, "a": 2}},
             "pre_tokenizer": {"type": "FixedLength", "length": 1}}
            """;
        assertThat(parse(json).encode("a\ud800\udc00\udc00\ud800").ids()).containsExactly(2, 0, 1, 1);
    }

    @Test
    void anEmptyTextHasOnlySpecialTokens() {
        assertThat(parse(BERT).encode("").ids()).containsExactly(1, 2);
        assertThat(parse(BERT).encode(" \n\u0000").ids()).containsExactly(1, 2);
        assertThat(parse(BERT).encodeAll(List.of())).isEmpty();
    }

    @Test
    void aVocabularyOfBertIsEnough(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\n##s\n");
        Tokenizer tokenizer = Tokenizer.read(file);
        assertThat(tokenizer.encode("HELLOs [PAD] x").ids()).containsExactly(2, 4, 5, 0, 1, 3);
        assertThat(tokenizer.size()).isEqualTo(6);
        assertThat(tokenizer.id("hello")).hasValue(4);
        assertThat(tokenizer.token(5)).contains("##s");
        assertThat(tokenizer.token(77)).isEmpty();
        assertThat(tokenizer.padId()).isZero();
    }

    @Test
    void whatIsNotSupportedIsNamed() {
        assertThatThrownBy(() -> parse(BERT.replace("BertPreTokenizer", "Telepathy")))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("tokenizer.unsupported")
                .hasMessageContaining("the pre-tokenizer Telepathy at pre_tokenizer");
        assertThatThrownBy(() ->
                        parse("{\"model\": {\"type\": \"BPE\", \"dropout\": 0.1, \"vocab\": {}, \"merges\": []}}"))
                .hasMessageContaining("dropout");
        assertThatThrownBy(() -> parse("{\"model\": {\"type\": \"BPE\"}}"))
                .hasMessageContaining("\"model.vocab\" is missing, it must be an object");
        assertThatThrownBy(() -> parse("{\"a\" 1}")).hasMessageContaining("at byte 5: expected \":\"");
        assertThatThrownBy(() -> Tokenizer.read(Path.of("nowhere.json"))).hasMessageContaining("there is no file");
    }
}
