package dev.lathe.input;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.type.TensorType;
import java.util.Locale;
import java.util.Optional;

/** What an input {@code [batch, tokens]} of integers takes of each token. */
public enum TokenInput {
    /** Its id in the vocabulary. */
    ID,
    /** One; zero where there is no token. */
    MASK,
    /** The number of the text that it is in, where two are given together. */
    TYPE,
    /** Its place in the sequence, from 0. */
    POSITION;

    /** What the name of an input tells, as exporters of transformers call them; empty if its type takes no tokens. */
    public static Optional<TokenInput> of(Port port) {
        if (!(port.type() instanceof TensorType t)
                || !t.isRanked()
                || t.rank() != 2
                || !t.element().isInteger()) {
            return Optional.empty();
        }
        String name = port.name().toLowerCase(Locale.ROOT);
        if (name.contains("mask")) {
            return Optional.of(MASK);
        }
        if (name.contains("type") || name.contains("segment")) {
            return Optional.of(TYPE);
        }
        return Optional.of(name.contains("position") ? POSITION : ID);
    }
}
