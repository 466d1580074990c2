package dev.lathe.frontend.text;

import dev.lathe.grammar.LatheLexer;
import dev.lathe.grammar.LatheParser;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ListTokenSource;
import org.antlr.v4.runtime.Parser;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.Interval;
import org.antlr.v4.runtime.misc.IntervalSet;
import org.jspecify.annotations.Nullable;

/** The generated parser behind limits: text that is too long or nested too deeply never reaches it. */
final class Syntax {
    private static final int MAX_CHARACTERS = 64 << 20;
    private static final int MAX_TOKENS = 2_000_000;
    private static final int MAX_NESTING = 200;

    private Syntax() {}

    /** A parser over the text; the problems of its use go to {@code problems}. */
    static LatheParser parser(String text, Problems problems) {
        if (text.length() > MAX_CHARACTERS) {
            problems.add(
                    1,
                    0,
                    "the text has " + text.length() + " characters",
                    "at most " + MAX_CHARACTERS + " are read: keep large tensors in the .safetensors file beside it");
            throw problems.exception();
        }
        LatheLexer lexer = new LatheLexer(CharStreams.fromString(text));
        lexer.removeErrorListeners();
        lexer.addErrorListener(new BaseErrorListener() {
            @Override
            public void syntaxError(
                    Recognizer<?, ?> recognizer,
                    @Nullable Object symbol,
                    int line,
                    int column,
                    String message,
                    @Nullable RecognitionException e) {
                lexical(
                        problems,
                        lexer.getInputStream()
                                .getText(Interval.of(lexer._tokenStartCharIndex, lexer._tokenStartCharIndex)),
                        line,
                        column);
            }
        });
        LatheParser parser = new LatheParser(new CommonTokenStream(new ListTokenSource(tokens(lexer, problems))));
        parser.removeErrorListeners();
        parser.addErrorListener(new BaseErrorListener() {
            @Override
            public void syntaxError(
                    Recognizer<?, ?> recognizer,
                    @Nullable Object symbol,
                    int line,
                    int column,
                    String message,
                    @Nullable RecognitionException e) {
                boolean end = symbol instanceof Token t && t.getType() == Token.EOF;
                String what = end
                        ? "the text ends here"
                        : "`" + shortened(symbol instanceof Token t ? t.getText() : "") + "` is not expected here";
                IntervalSet expected = e == null ? ((Parser) recognizer).getExpectedTokens() : e.getExpectedTokens();
                problems.add(
                        line, column, what, "write " + describe(expected) + (end ? "" : " before or instead of it"));
            }
        });
        return parser;
    }

    private static List<Token> tokens(LatheLexer lexer, Problems problems) {
        List<Token> tokens = new ArrayList<>();
        int nesting = 0;
        while (true) {
            Token token = lexer.nextToken();
            tokens.add(token);
            if (token.getType() == Token.EOF) {
                return tokens;
            }
            if (tokens.size() > MAX_TOKENS) {
                problems.add(
                        token,
                        "the text has more than " + MAX_TOKENS + " words",
                        "split it, or keep large tensors in the .safetensors file beside it");
                throw problems.exception();
            }
            switch (token.getText()) {
                case "(", "[", "{", "<" -> nesting++;
                case ")", "]", "}", ">" -> nesting = Math.max(0, nesting - 1);
                default -> {}
            }
            if (nesting > MAX_NESTING) {
                problems.add(
                        token,
                        "brackets are nested more than " + MAX_NESTING + " deep",
                        "close brackets, or split the expression");
                throw problems.exception();
            }
        }
    }

    private static void lexical(Problems problems, String character, int line, int column) {
        if (character.equals("\"") || character.equals("%")) {
            problems.add(
                    line,
                    column,
                    character.equals("%")
                            ? "% begins no value"
                            : "the string has no end on its line, or an unknown escape",
                    character.equals("%")
                            ? "write a name after it: %x, %3 or %\"odd name\""
                            : "close it with \"; the escapes are \\\" \\\\ \\n \\r \\t and \\u0041");
        } else {
            problems.add(
                    line,
                    column,
                    "the character `" + printable(character) + "` means nothing here",
                    "remove it, or write it in a quoted string");
        }
    }

    private static String printable(String character) {
        int c = character.isEmpty() ? 0 : character.codePointAt(0);
        return Character.isISOControl(c) ? String.format("\\u%04x", c) : character;
    }

    private static String shortened(String word) {
        return word.length() <= 40 ? word : word.substring(0, 40) + "…";
    }

    private static String describe(IntervalSet expected) {
        List<String> words = new ArrayList<>();
        for (int type : expected.toList()) {
            String word = describe(type);
            if (!words.contains(word)) {
                words.add(word);
            }
        }
        if (words.isEmpty()) {
            return "something else";
        }
        return words.size() == 1
                ? words.getFirst()
                : String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
    }

    private static String describe(int type) {
        return switch (type) {
            case Token.EOF -> "the end of the text";
            case LatheLexer.DEFINED -> "a named dimension such as $rows";
            case LatheLexer.VALUE -> "a value such as %x";
            case LatheLexer.INT -> "an integer";
            case LatheLexer.FLOAT -> "a decimal number";
            case LatheLexer.IDENT -> "a word";
            case LatheLexer.STRING -> "a quoted string";
            default -> LatheLexer.VOCABULARY.getDisplayName(type).replace('\'', '`');
        };
    }
}
