package dev.lathe.tokenizers.postprocessor;

import dev.lathe.tokenizers.text.ByteAlphabet;
import dev.lathe.tokenizers.text.CodePoints;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the spaces at the ends of byte-level tokens out of the tokens' places.
 *
 * @param addsSpace whether the pre-tokenizer put a space before the text, which is in no token's place
 */
record Trimming(boolean addsSpace, Words words) implements PostProcessor {
    /** What a token reads. */
    public interface Words {
        @Nullable
        String word(int id);
    }

    @Override
    public int added(boolean pair) {
        return 0;
    }

    @Override
    public List<Draft> process(List<Draft> drafts) {
        for (Draft draft : drafts) {
            trim(draft);
            draft.overflow().forEach(this::trim);
        }
        return drafts;
    }

    void trim(Draft draft) {
        for (int i = 0; i < draft.size(); i++) {
            String value = draft.value(i);
            String token = value != null ? value : words.word(draft.id(i));
            if (token != null && !token.isEmpty()) {
                trim(draft, i, token);
            }
        }
    }

    private void trim(Draft draft, int i, String token) {
        int leading = 0;
        while (leading < token.length() && isSpace(token.charAt(leading))) {
            leading++;
        }
        int trailing = 0;
        while (trailing < token.length() && isSpace(token.charAt(token.length() - 1 - trailing))) {
            trailing++;
        }
        int start = draft.start(i);
        int end = draft.end(i);
        if (leading > 0 && !((i == 0 || start == 0) && addsSpace && leading == 1)) {
            for (int n = 0; n < leading && start < end; n++) {
                start += Character.charCount(draft.text().codePointAt(start));
            }
        }
        if (trailing > 0 && draft.text().codePointCount(0, end) >= trailing) {
            for (int n = 0; n < trailing && end > start; n++) {
                end -= Character.charCount(draft.text().codePointBefore(end));
            }
        }
        draft.place(i, Math.min(start, draft.end(i)), Math.max(end, start));
    }

    private static boolean isSpace(char c) {
        return c == ByteAlphabet.of(' ') || CodePoints.isWhitespace(c);
    }
}
