package dev.lathe.ir.type;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A factor of a term of a {@link Dim}. */
sealed interface Atom extends Comparable<Atom> {
    @Override
    default int compareTo(Atom other) {
        return equals(other) ? 0 : toString().compareTo(other.toString()); // most are equal, and text is dear
    }

    /** A name that stands for an integer, which is not negative unless it is {@code signed}. */
    record Symbol(String name, boolean signed) implements Atom {
        // Written out, here and in Monomial: what the JVM derives is made at run time, which every start of a small
        // model would wait for.
        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Symbol s && signed == s.signed && name.equals(s.name);
        }

        @Override
        public int hashCode() {
            return 31 * name.hashCode() + (signed ? 1 : 0);
        }

        @Override
        public String toString() {
            return signed ? "?" + DimText.name(name) : DimText.name(name);
        }
    }

    /** A quotient rounded towards negative infinity. */
    record FloorDiv(Dim numerator, Dim denominator) implements Atom {
        @Override
        public String toString() {
            return "floor(" + numerator + ", " + denominator + ")";
        }
    }

    /** The largest or the smallest of some expressions, which are sorted. */
    record Extremum(boolean max, List<Dim> items) implements Atom {
        @Override
        public String toString() {
            StringBuilder s = new StringBuilder(max ? "max(" : "min(");
            for (int i = 0; i < items.size(); i++) {
                s.append(i == 0 ? "" : ", ").append(items.get(i));
            }
            return s.append(')').toString();
        }
    }

    /**
     * A symbol that stands for an expression. Its name is made of the text of its definition, so that equal
     * expressions have equal names, in every process.
     *
     * @param name {@code $…}
     * @param symbols the names of the symbols that the definition is made of, in the end; kept, since definitions
     *     form long chains, and many expressions have the same one
     */
    record Defined(String name, Dim definition, Set<String> symbols) implements Atom {
        private static final int NAME_BYTES = 8;

        static Defined of(Dim definition) {
            Set<String> symbols = new LinkedHashSet<>();
            definition.collectSymbols(symbols);
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256")
                        .digest(definition.toString().getBytes(StandardCharsets.UTF_8));
                String name = "$" + HexFormat.of().formatHex(digest, 0, NAME_BYTES);
                return new Defined(name, definition, Collections.unmodifiableSet(symbols));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Defined d && name.equals(d.name);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
