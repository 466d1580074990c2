package dev.lathe.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WordPieceTest {
    private static final WordPiece TOKENIZER = new WordPiece(
            Map.of("[UNK]", 0, "[CLS]", 1, "[SEP]", 2, "un", 3, "##aff", 4, "##able", 5, "cafe", 6, "!", 7, "東", 8));

    @Test
    void wordsAreLowerCaseWithoutAccentsAndPunctuationStandsAlone() {
        assertThat(WordPiece.words("Café,  it's\n$5 東京\u200b!"))
                .containsExactly("cafe", ",", "it", "'", "s", "$", "5", "東", "京", "!");
    }

    @Test
    void wordsAreCutIntoTheLongestPieces() {
        assertThat(TOKENIZER.encode("Unaffable CAFÉ!", 64)).containsExactly(1, 3, 4, 5, 6, 7, 2);
    }

    @Test
    void aWordThatCannotBeCutIsUnknownAsAWhole() {
        assertThat(TOKENIZER.encode("unaffordable 東京", 64)).containsExactly(1, 0, 8, 0, 2);
        assertThat(TOKENIZER.encode("un" + "aff".repeat(40), 64)).containsExactly(1, 0, 2);
    }

    @Test
    void longTextEndsWithTheSeparator() {
        assertThat(TOKENIZER.encode("cafe cafe cafe cafe", 4)).containsExactly(1, 6, 6, 2);
    }
}
