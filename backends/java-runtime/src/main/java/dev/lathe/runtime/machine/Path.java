package dev.lathe.runtime.machine;

/** Where the elements of a row are, one after the other, from where the row starts. Looked through once. */
public final class Path {
    final int[] steps;
    final int least;
    final int greatest;

    /** A path of these steps, which are copied. */
    public Path(int... steps) {
        this.steps = steps.clone();
        int first = Integer.MAX_VALUE;
        int last = Integer.MIN_VALUE;
        for (int step : this.steps) {
            first = Math.min(first, step);
            last = Math.max(last, step);
        }
        least = first;
        greatest = last;
    }

    /** How many elements a row has. */
    public int length() {
        return steps.length;
    }

    /** The steps, for who does not change them. */
    public int[] steps() {
        return steps;
    }

    /** Throws if a row that starts from {@code first} to {@code last} leaves an array of this length. */
    void check(long first, long last, int length) {
        if (steps.length > 0 && (first + least < 0 || last + greatest >= length)) {
            throw new IndexOutOfBoundsException(
                    "elements " + (first + least) + " to " + (last + greatest) + " of " + length);
        }
    }
}
