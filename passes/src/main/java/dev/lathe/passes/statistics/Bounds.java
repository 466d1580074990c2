package dev.lathe.passes.statistics;

/** All numbers from {@code low} to {@code high}; both are finite, and 0 lies between them. */
public record Bounds(float low, float high) {
    public Bounds {
        if (!(low <= 0 && high >= 0 && Float.isFinite(high - low))) {
            throw new IllegalArgumentException("bounds from " + low + " to " + high);
        }
    }
}
