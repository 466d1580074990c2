package dev.lathe.ir.eval;

import dev.lathe.ir.eval.PatternEngine.TextPattern;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The meaning of taking strings apart into tokens. */
public final class TokenEvaluation {
    private static final String START = "\u0002";
    private static final String END = "\u0003";

    private final List<TextPattern> patterns;
    private final boolean patternsAreTokens;
    private final long minLength;

    /**
     * @param patterns of what is between tokens, or of tokens; without one, each character is a token
     * @param minLength shorter tokens are left out
     */
    public TokenEvaluation(List<String> patterns, boolean patternsAreTokens, long minLength) {
        this.patterns = patterns.stream().map(PatternEngine::pattern).toList();
        this.patternsAreTokens = patternsAreTokens;
        this.minLength = minLength;
    }

    /**
     * The tokens of each string along a new axis.
     *
     * @param mark whether a control character stands before the first and after the last token of a string
     * @param padding what fills the rows of strings with fewer tokens than others
     */
    public Tensor tokens(Tensor x, boolean mark, String padding) {
        List<List<String>> rows = new ArrayList<>();
        int most = 0;
        for (String s : x.toStringArray()) {
            List<String> tokens = tokens(s);
            most = Math.max(most, tokens.size());
            rows.add(tokens);
        }
        int width = most == 0 || !mark ? most : most + 2;
        long[] dims = Arrays.copyOf(x.dims(), x.rank() + 1);
        dims[x.rank()] = width;
        Tensor out = Tensor.zeros(ElementType.STRING, dims);
        for (int r = 0; r < rows.size() && width > 0; r++) {
            List<String> row = new ArrayList<>(rows.get(r));
            if (mark) {
                row.addFirst(START);
                row.add(END);
            }
            for (int k = 0; k < width; k++) {
                out.setString((long) r * width + k, k < row.size() ? row.get(k) : padding);
            }
        }
        return out;
    }

    private List<String> tokens(String s) {
        if (patterns.isEmpty()) {
            return s.codePoints().mapToObj(Character::toString).toList();
        }
        if (patternsAreTokens) {
            return matches(patterns.getFirst(), s);
        }
        List<String> parts = List.of(s);
        for (TextPattern separator : patterns) {
            List<String> finer = new ArrayList<>();
            parts.forEach(part -> between(separator, part, finer));
            parts = finer;
        }
        return parts;
    }

    private List<String> matches(TextPattern pattern, String s) {
        List<String> all = new ArrayList<>();
        int @Nullable [] match;
        for (int at = 0; at <= s.length() && (match = pattern.find(s, at)) != null; ) {
            String token = s.substring(match[0], match[1]);
            boolean kept = isLongEnough(token) && !token.isEmpty();
            if (kept) {
                all.add(token);
            }
            // A match that is left out may hide a longer one that starts behind its first character.
            at = kept ? match[1] : after(s, match[0]);
        }
        return all;
    }

    private void between(TextPattern separator, String s, List<String> into) {
        int at = 0;
        int @Nullable [] match;
        while (at <= s.length() && (match = separator.find(s, at)) != null) {
            add(s.substring(at, match[0]), into);
            at = match[1] > match[0] ? match[1] : after(s, match[0]);
        }
        if (at <= s.length()) {
            add(s.substring(at), into);
        }
    }

    private void add(String token, List<String> into) {
        if (isLongEnough(token)) {
            into.add(token);
        }
    }

    private boolean isLongEnough(String token) {
        return token.codePointCount(0, token.length()) >= minLength;
    }

    /** The place behind the character at {@code at}. */
    private static int after(String s, int at) {
        return at < s.length() ? at + Character.charCount(s.codePointAt(at)) : at + 1;
    }
}
