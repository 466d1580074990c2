package dev.lathe.ir.eval;

import dev.lathe.ir.eval.PatternEngine.TextPattern;
import dev.lathe.ir.op.Tokenize;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The meaning of {@link Tokenize}. */
public final class TokenEvaluation {
    private static final String START = "\u0002";
    private static final String END = "\u0003";

    private TokenEvaluation() {}

    public static Tensor tokens(Tokenize op, Tensor x) {
        List<TextPattern> patterns =
                op.patterns().stream().map(PatternEngine::pattern).toList();
        List<List<String>> rows = new ArrayList<>();
        int most = 0;
        for (String s : x.toStringArray()) {
            List<String> tokens = tokens(op, patterns, s);
            most = Math.max(most, tokens.size());
            rows.add(tokens);
        }
        int width = most == 0 || !op.mark() ? most : most + 2;
        long[] dims = Arrays.copyOf(x.dims(), x.rank() + 1);
        dims[x.rank()] = width;
        Tensor out = Tensor.zeros(ElementType.STRING, dims);
        for (int r = 0; r < rows.size() && width > 0; r++) {
            List<String> row = new ArrayList<>(rows.get(r));
            if (op.mark()) {
                row.addFirst(START);
                row.add(END);
            }
            for (int k = 0; k < width; k++) {
                out.setString((long) r * width + k, k < row.size() ? row.get(k) : op.padding());
            }
        }
        return out;
    }

    private static List<String> tokens(Tokenize op, List<TextPattern> patterns, String s) {
        if (patterns.isEmpty()) {
            return s.codePoints().mapToObj(Character::toString).toList();
        }
        if (op.patternsAreTokens()) {
            return matches(op, patterns.getFirst(), s);
        }
        List<String> parts = List.of(s);
        for (TextPattern separator : patterns) {
            List<String> finer = new ArrayList<>();
            parts.forEach(part -> between(op, separator, part, finer));
            parts = finer;
        }
        return parts;
    }

    private static List<String> matches(Tokenize op, TextPattern pattern, String s) {
        List<String> all = new ArrayList<>();
        int @Nullable [] match;
        for (int at = 0; at <= s.length() && (match = pattern.find(s, at)) != null; ) {
            String token = s.substring(match[0], match[1]);
            boolean kept = isLongEnough(op, token) && !token.isEmpty();
            if (kept) {
                all.add(token);
            }
            // A match that is left out may hide a longer one that starts behind its first character.
            at = kept ? match[1] : after(s, match[0]);
        }
        return all;
    }

    private static void between(Tokenize op, TextPattern separator, String s, List<String> into) {
        int at = 0;
        int @Nullable [] match;
        while (at <= s.length() && (match = separator.find(s, at)) != null) {
            add(op, s.substring(at, match[0]), into);
            at = match[1] > match[0] ? match[1] : after(s, match[0]);
        }
        if (at <= s.length()) {
            add(op, s.substring(at), into);
        }
    }

    private static void add(Tokenize op, String token, List<String> into) {
        if (isLongEnough(op, token)) {
            into.add(token);
        }
    }

    private static boolean isLongEnough(Tokenize op, String token) {
        return token.codePointCount(0, token.length()) >= op.minLength();
    }

    /** The place behind the character at {@code at}. */
    private static int after(String s, int at) {
        return at < s.length() ? at + Character.charCount(s.codePointAt(at)) : at + 1;
    }
}
