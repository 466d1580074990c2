package dev.lathe.runtime.machine;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Runs of pixels side by side of a convolution in which each channel has a filter of its own, and where the lines of
 * taps of their windows are: all that one call of {@link MachineDepthwise} computes. Looked through once, as they are
 * added.
 */
public final class PixelRuns {
    // The longs of a run: how many pixels, or minus that if some see a border; from where to where their lines are in
    // the places; where image, filter and result of the run begin. All but the first are in bytes.
    static final int PIXELS = 0;
    static final int PLACES = 1;
    static final int PLACES_END = 2;
    static final int IMAGE = 3;
    static final int FILTER = 4;
    static final int RESULT = 5;
    static final int RUN = 6;

    final TapLine line;
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
     * @param line the taps of each line of a window
     * @param channels how many a pixel has, one at least
     * @param step elements from a column of lines to the next
     */
    public PixelRuns(TapLine line, int channels, int step) {
        this.line = line;
        this.channels = Objects.checkIndex(channels - 1, Integer.MAX_VALUE) + 1;
        this.step = Objects.checkIndex(step, Integer.MAX_VALUE);
    }

    /**
     * Adds pixels that see all taps of the same lines.
     *
     * @param pixels how many, one at least
     * @param image where the window of the first begins in the image
     * @param lines where the first tap of each line is from there
     * @param filter where the filter's element of the first tap and channel is
     * @param result where the result of the first pixel and channel is
     */
    public void add(int pixels, int image, int[] lines, int filter, int result) {
        Objects.checkIndex(pixels - 1, Integer.MAX_VALUE);
        long last = (pixels - 1L) * line.stride() + (line.taps() - 1L) * line.dilation();
        for (int place : lines) {
            reads((long) image + place, (long) image + place + last * step);
        }
        add(pixels, pixels, image, lines, lines.length, filter, result);
    }

    /** The integers of a line at a border: its place, and 16 bits for each column, which are set if that is seen. */
    static int borderInts(TapLine line) {
        return 1 + Math.ceilDiv(line.columns(line.pixels()), 2);
    }

    /**
     * As the other, for pixels that see some columns only.
     *
     * @param pixels how many, from 1 to {@link TapLine#pixels()}
     * @param seen for each line a bit for each column, from the lowest on, that is set if it is in the image
     */
    public void addAtBorder(int pixels, int image, int[] lines, int[] seen, int filter, int result) {
        Objects.checkIndex(pixels - 1, line.pixels());
        int ints = borderInts(line);
        int[] all = new int[ints * lines.length];
        for (int l = 0; l < lines.length; l++) {
            all[ints * l] = lines[l];
            for (int c = 0; c < line.columns(pixels); c++) {
                if ((seen[l] >> c & 1) != 0) {
                    long place = (long) image + lines[l] + (long) c * step;
                    reads(place, place);
                    all[ints * l + 1 + c / 2] |= 0xffff << c % 2 * 16;
                }
            }
        }
        add(-pixels, pixels, image, all, lines.length, filter, result);
    }

    private void reads(long first, long last) {
        boolean isFirst = imageFrom == imageTo;
        imageFrom = isFirst ? first : Math.min(imageFrom, first);
        imageTo = isFirst ? last + channels : Math.max(imageTo, last + channels);
    }

    private void add(int kind, int pixels, int image, int[] ofLines, int lines, int filter, int result) {
        Objects.checkIndex(filter, Integer.MAX_VALUE);
        Objects.checkIndex(result, Integer.MAX_VALUE);
        filterTo = Math.max(filterTo, filter + (long) lines * line.taps() * channels);
        resultTo = Math.max(resultTo, result + (long) pixels * channels);
        int at = known.computeIfAbsent(IntBuffer.wrap(ofLines.clone()), _ -> append(ofLines));
        if (runs.length < (count + 1) * RUN) {
            runs = Arrays.copyOf(runs, 2 * runs.length + 4 * RUN);
        }
        int run = count++ * RUN;
        runs[run + PIXELS] = kind;
        runs[run + PLACES] = 4L * at;
        runs[run + PLACES_END] = 4L * (at + ofLines.length);
        runs[run + IMAGE] = 4L * image;
        runs[run + FILTER] = 4L * filter;
        runs[run + RESULT] = 4L * result;
    }

    private int append(int[] ofLines) {
        int at = placesUsed;
        placesUsed += ofLines.length;
        if (places.length < placesUsed) {
            places = Arrays.copyOf(places, Math.max(placesUsed, 2 * places.length));
        }
        System.arraycopy(ofLines, 0, places, at, ofLines.length);
        return at;
    }
}
