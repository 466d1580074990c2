package dev.lathe.runtime;

/** A kernel that treats each row of {@code [rows, length]} for itself. */
abstract class RowKernel implements WorkerPool.Body {
    /** A task is at least this many elements. */
    private static final int GRAIN = 8192;

    final Primitives primitives = Primitives.best();
    int length;
    private int rows;
    private int perTask = 1;
    private int workers = 1;
    float[] x = {};
    private int xAt;
    float[] y = {};
    private int yAt;

    public final void prepare(int newRows, int newLength, int newWorkers) {
        rows = newRows;
        length = newLength;
        workers = newWorkers;
        perTask = Math.clamp(GRAIN / Math.max(1, length), 1, Math.max(1, rows));
    }

    /** {@code y} may be {@code x}. */
    public final void run(float[] newX, int newXAt, float[] newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(Math.ceilDiv(rows, perTask), workers, this);
    }

    @Override
    public final void run(int task, int worker) {
        int first = task * perTask;
        int end = first + Math.min(perTask, rows - first);
        rows(end - first, xAt + first * length, yAt + first * length);
    }

    /** Treats so many rows, from {@code from} of {@code x} on; the results go to {@code y} from {@code to} on. */
    abstract void rows(int count, int from, int to);
}
