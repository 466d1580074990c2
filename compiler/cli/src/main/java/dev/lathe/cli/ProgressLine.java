package dev.lathe.cli;

import dev.lathe.backend.Progress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Shows how far a long work is on a terminal; the line is gone when it is done. */
final class ProgressLine implements Progress, AutoCloseable {
    private static final int BAR_WIDTH = 40;
    private static final long INTERVAL_MILLIS = 100;
    private static final String CLEAR = "\r\033[K";
    private static final String EIGHTHS = " ▏▎▍▌▋▊▉";

    private final Terminal terminal;
    private String phase = "";
    private long done;
    private long total;
    private long start;
    /** Draws the line again and again; null while there is none. */
    private @Nullable Thread painter;

    /** Shows nothing where nobody watches. */
    ProgressLine(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public synchronized void report(String newPhase, long newDone, long newTotal) {
        if (!terminal.interactive()) {
            return;
        }
        if (painter == null || !phase.equals(newPhase)) {
            phase = newPhase;
            start = System.nanoTime();
        }
        done = newDone;
        total = newTotal;
        if (painter == null) {
            painter = new Thread(this::paint, "lathe-progress");
            painter.setDaemon(true);
            painter.start();
        }
    }

    private synchronized void paint() {
        try {
            while (painter == Thread.currentThread()) {
                terminal.err().print(CLEAR + line());
                terminal.err().flush();
                wait(INTERVAL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@code emit… 3 s}, or with a bar where it is known how much there is. */
    private String line() {
        if (total <= 0) {
            return phase + "… " + (System.nanoTime() - start) / 1_000_000_000 + " s";
        }
        double share = Math.clamp((double) done / total, 0.0, 1.0);
        int eighths = (int) (share * BAR_WIDTH * 8);
        StringBuilder bar = new StringBuilder("█".repeat(eighths / 8));
        if (eighths % 8 > 0) {
            bar.append(EIGHTHS.charAt(eighths % 8));
        }
        return String.format(
                Locale.ROOT, "%s %3.0f%% │%-" + BAR_WIDTH + "s│ %d/%d", phase, 100 * share, bar, done, total);
    }

    /** Takes the line away; the next report draws it again. */
    synchronized void clear() {
        if (painter != null) {
            painter = null;
            notifyAll();
            terminal.err().print(CLEAR);
            terminal.err().flush();
        }
    }

    @Override
    public void close() {
        clear();
    }
}
