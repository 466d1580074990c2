package dev.lathe.runtime.machine;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Runs of pixels side by side of a convolution in which each channel has a filter of its own, and where the taps of
 * their windows are: all that one call of {@link MachineDepthwise} computes. Looked through once, as they are added.
 */
public final class PixelRuns {
    /** Pixels of a run at most that see a border. */
    public static final int BORDER_PIXELS = 8;

    // The longs of a run: how many pixels, or minus that if some see a border; from where to where their taps are in
    // the places; where image, filter and result of the run begin. All but the first are in bytes.
    static final int PIXELS = 0;
    static final int PLACES = 1;
    static final int PLACES_END = 2;
    static final int IMAGE = 3;
    static final int FILTER = 4;
    static final int RESULT = 5;
    static final int RUN = 6;

    /** The integers of a tap at a border: its place, and 16 bits for each pixel, which are set if that sees it. */
    static final int BORDER_TAP = 1 + BORDER_PIXELS / 2;

    final int channels;
    final int step;
    int[] places = {};
    long[] runs = {};
    int count;
    /** What is read of the image, from its beginning: from the least element to before the last. */
    long imageFrom;

    long imageTo;
    long filterTo;
    long resultTo;
    private int placesUsed;
    private final Map<IntBuffer, Integer> known = new HashMap<>();

    /**
     * No runs yet.
     *
     * @param channels how many a pixel has, one at least
     * @param step elements from the window of a pixel to that of the next
     */
    public PixelRuns(int channels, int step) {
        this.channels = Objects.checkIndex(channels - 1, Integer.MAX_VALUE) + 1;
        this.step = Objects.checkIndex(step, Integer.MAX_VALUE);
    }

    /**
     * Adds pixels that all see the same taps.
     *
     * @param pixels how many, one at least
     * @param image where the window of the first begins in the image
     * @param taps where its taps are from there
     * @param filter where the filter's element of the first tap and channel is
     * @param result where the result of the first pixel and channel is
     */
    public void add(int pixels, int image, int[] taps, int filter, int result) {
        Objects.checkIndex(pixels - 1, Integer.MAX_VALUE);
        for (int place : taps) {
            reads((long) image + place, (long) image + place + (pixels - 1L) * step);
        }
        add(pixels, pixels, image, taps, taps.length, filter, result);
    }

    /**
     * As the other, for pixels that see some taps only.
     *
     * @param pixels how many, from 1 to {@link #BORDER_PIXELS}
     * @param seen for each tap a bit for each pixel, from the lowest on, that is set if the pixel sees it
     */
    public void addAtBorder(int pixels, int image, int[] taps, int[] seen, int filter, int result) {
        Objects.checkIndex(pixels - 1, BORDER_PIXELS);
        int[] all = new int[BORDER_TAP * taps.length];
        for (int t = 0; t < taps.length; t++) {
            all[BORDER_TAP * t] = taps[t];
            for (int p = 0; p < pixels; p++) {
                if ((seen[t] >> p & 1) != 0) {
                    long place = (long) image + taps[t] + (long) p * step;
                    reads(place, place);
                    all[BORDER_TAP * t + 1 + p / 2] |= 0xffff << p % 2 * 16;
                }
            }
        }
        add(-pixels, pixels, image, all, taps.length, filter, result);
    }

    private void reads(long first, long last) {
        boolean isFirst = imageFrom == imageTo;
        imageFrom = isFirst ? first : Math.min(imageFrom, first);
        imageTo = isFirst ? last + channels : Math.max(imageTo, last + channels);
    }

    private void add(int kind, int pixels, int image, int[] ofTaps, int taps, int filter, int result) {
        Objects.checkIndex(filter, Integer.MAX_VALUE);
        Objects.checkIndex(result, Integer.MAX_VALUE);
        filterTo = Math.max(filterTo, filter + (long) taps * channels);
        resultTo = Math.max(resultTo, result + (long) pixels * channels);
        int at = known.computeIfAbsent(IntBuffer.wrap(ofTaps.clone()), _ -> append(ofTaps));
        if (runs.length < (count + 1) * RUN) {
            runs = Arrays.copyOf(runs, 2 * runs.length + 4 * RUN);
        }
        int run = count++ * RUN;
        runs[run + PIXELS] = kind;
        runs[run + PLACES] = 4L * at;
        runs[run + PLACES_END] = 4L * (at + ofTaps.length);
        runs[run + IMAGE] = 4L * image;
        runs[run + FILTER] = 4L * filter;
        runs[run + RESULT] = 4L * result;
    }

    private int append(int[] ofTaps) {
        int at = placesUsed;
        placesUsed += ofTaps.length;
        if (places.length < placesUsed) {
            places = Arrays.copyOf(places, Math.max(placesUsed, 2 * places.length));
        }
        System.arraycopy(ofTaps, 0, places, at, ofTaps.length);
        return at;
    }
}
