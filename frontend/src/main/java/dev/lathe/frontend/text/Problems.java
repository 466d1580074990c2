package dev.lathe.frontend.text;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.LatheException.Fault;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;

/** What is wrong with a text, each problem with its line, its column and the line's text. */
final class Problems {
    private static final int LIMIT = 50;
    private static final int CONTEXT = 60;

    private final String text;
    private final String name;
    private final String code;
    private final Fault fault;
    private final List<Diagnostic> found = new ArrayList<>();

    /** {@code name} stands before each line number. */
    Problems(String text, String name, String code, Fault fault) {
        this.text = text;
        this.name = name;
        this.code = code;
        this.fault = fault;
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    void add(ParserRuleContext at, String what, String fix) {
        add(at.getStart(), what, fix);
    }

    void add(Token at, String what, String fix) {
        add(at.getLine(), at.getCharPositionInLine(), what, fix);
    }

    /** Line numbers begin with 1, columns with 0; both are told from 1. */
    void add(int line, int column, String what, String fix) {
        if (found.size() == LIMIT) {
            found.add(Diagnostic.error(code, name + ": there are more problems", "correct these first"));
            throw exception();
        }
        String why = "the text is `" + excerpt(line, column) + "`";
        found.add(new Diagnostic(
                Diagnostic.Severity.ERROR,
                code,
                dev.lathe.ir.Location.NONE,
                name + ":" + line + ":" + (column + 1) + ": " + what,
                why,
                fix));
    }

    private String excerpt(int line, int column) {
        int start = 0;
        for (int n = 1; n < line; n++) {
            start = text.indexOf('\n', start) + 1;
        }
        int end = text.indexOf('\n', start);
        end = end < 0 ? text.length() : end;
        int from = Math.clamp(start + column - CONTEXT, start, end);
        int to = Math.clamp(start + column + CONTEXT, start, end);
        String shown = text.substring(from, to).strip();
        return (from > start ? "…" : "") + shown + (to < end ? "…" : "");
    }

    void throwIfAny() {
        if (!isEmpty()) {
            throw exception();
        }
    }

    LatheException exception() {
        return new LatheException(fault, found);
    }
}
