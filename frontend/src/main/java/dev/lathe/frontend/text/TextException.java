package dev.lathe.frontend.text;

import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;

/** A problem at a place of the text, on its way to the {@link Problems}. */
final class TextException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Token at;
    private final String fix;

    TextException(Token at, String what, String fix) {
        super(what, null, false, false);
        this.at = at;
        this.fix = fix;
    }

    TextException(ParserRuleContext at, String what, String fix) {
        this(at.getStart(), what, fix);
    }

    void addTo(Problems problems) {
        problems.add(at, String.valueOf(getMessage()), fix);
    }
}
