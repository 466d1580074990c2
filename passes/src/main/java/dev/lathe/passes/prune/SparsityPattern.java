package dev.lathe.passes.prune;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which weights may be 0 independently of others. Weights are a matrix here: what is summed up × result columns. */
public sealed interface SparsityPattern {
    /** Any. */
    SparsityPattern UNSTRUCTURED = new Block(1, 1);

    /** Of each {@code m} weights of a column that follow one another, at most {@code n} are not 0. */
    record NOfM(int n, int m) implements SparsityPattern {
        public NOfM {
            if (n < 1 || n >= m) {
                throw new IllegalArgumentException("the pattern " + n + ":" + m + " keeps "
                        + (n < 1 ? "nothing" : "everything") + "; 2:4 keeps 2 weights of each 4");
            }
        }

        /** The share of weights that become 0. */
        public double ratio() {
            return 1 - (double) n / m;
        }

        @Override
        public String toString() {
            return n + ":" + m;
        }
    }

    /** Blocks of {@code rows} weights of a column, of {@code columns} columns, are 0 as a whole. */
    record Block(int rows, int columns) implements SparsityPattern {
        public Block {
            if (rows < 1 || columns < 1) {
                throw new IllegalArgumentException("a block of " + rows + "x" + columns + " is empty");
            }
        }

        /** Whether a block is a single weight. */
        public boolean isSingle() {
            return rows == 1 && columns == 1;
        }

        @Override
        public String toString() {
            return isSingle() ? "unstructured" : rows + "x" + columns;
        }
    }

    /**
     * {@code unstructured}, {@code 2:4} or {@code 1x32}.
     *
     * @throws IllegalArgumentException if {@code text} is none of them
     */
    static SparsityPattern parse(String text) {
        if (text.equals("unstructured")) {
            return UNSTRUCTURED;
        }
        Matcher m = Pattern.compile("(\\d{1,6})([:x])(\\d{1,6})").matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(
                    "the pattern " + text + " is none of unstructured, N:M such as 2:4, or blocks such as 1x32");
        }
        int first = Integer.parseInt(m.group(1));
        int second = Integer.parseInt(m.group(3));
        return m.group(2).equals(":") ? new NOfM(first, second) : new Block(first, second);
    }
}
