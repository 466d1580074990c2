package dev.lathe.runtime;

/**
 * Room for filters of few bits as floats. The kernels of an execution share it, since one of them runs at a time: so it
 * is as large as the largest of their filters, and not as all.
 */
public final class WidenedFilters {
    private float[] room = {};

    /** The floats of a matrix of one panel, until the next is asked for. */
    float[] of(PackedMatrix matrix) {
        int size = matrix.isWidened() ? matrix.rows() * matrix.width : 0;
        if (room.length < size) {
            room = new float[size];
        }
        return matrix.columns == 0 ? room : matrix.panel(0, room);
    }
}
