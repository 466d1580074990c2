package dev.lathe.frontend.text;

import dev.lathe.grammar.LatheParser.NameContext;
import dev.lathe.ir.diag.Suggestion;
import java.util.Collection;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Quoted strings, names and misspellings. */
final class Words {
    private Words() {}

    /** What a quoted string of IR text means. */
    static String unquote(String quoted) {
        StringBuilder s = new StringBuilder();
        for (int i = 1; i < quoted.length() - 1; i++) {
            char c = quoted.charAt(i);
            if (c != '\\') {
                s.append(c);
                continue;
            }
            c = quoted.charAt(++i);
            switch (c) {
                case 'n' -> s.append('\n');
                case 'r' -> s.append('\r');
                case 't' -> s.append('\t');
                case 'u' -> {
                    s.append((char) Integer.parseInt(quoted.substring(i + 1, i + 5), 16));
                    i += 4;
                }
                default -> s.append(c);
            }
        }
        return s.toString();
    }

    static String name(NameContext name) {
        TerminalNode string = name.STRING();
        return string != null ? unquote(string.getText()) : name.getText();
    }

    /** The name of a value without its {@code %}; empty for a numbered one. */
    static String valueName(Token value) {
        String text = value.getText().substring(1);
        return text.startsWith("\"") ? unquote(text) : Character.isDigit(text.charAt(0)) ? "" : text;
    }

    /** What tells the values of a text apart: the number of a numbered one is not the name of a named one. */
    static String valueKey(Token value) {
        String name = valueName(value);
        return name.isEmpty() ? value.getText() : name;
    }

    /** A sentence that names the words most like {@code word}, or all words when none is like it. */
    static String suggestion(String word, Collection<String> known) {
        String meant = Suggestion.of(word, known).strip();
        return meant.isEmpty() ? "known are " + String.join(", ", known) : meant;
    }
}
