package dev.lathe.cli;

import dev.lathe.backend.Progress;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows how far a long work is on a terminal; the line is gone when it is done. */
final class ProgressLine implements Progress, AutoCloseable {
    private static final int WIDTH = 80;

    private @Nullable ProgressBar bar;
    private String phase = "";

    private final boolean shown;

    /** Shows nothing where nobody watches. */
    ProgressLine(Terminal terminal) {
        this.shown = terminal.interactive();
    }

    @Override
    public void report(String newPhase, long done, long total) {
        if (!shown) {
            return;
        }
        if (bar == null || !phase.equals(newPhase)) {
            close();
            phase = newPhase;
            ProgressBarBuilder builder = new ProgressBarBuilder()
                    .setTaskName(newPhase)
                    .setInitialMax(total == 0 ? -1 : total)
                    .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                    .setUpdateIntervalMillis(100)
                    .setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH))
                    .clearDisplayOnFinish();
            if (total == 0) { // nobody knows how far it is, so there is no bar to draw
                builder.setRenderer((state, width) -> state.getTaskName() + "… "
                        + state.getElapsedAfterStart().toSeconds() + " s");
            }
            bar = builder.build();
        }
        bar.stepTo(done);
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
