package dev.lathe.backend.tvm;

import java.util.function.Consumer;

/** A panel of columns whose number is known: its number, its first column, and how many it has. */
record ColumnPanel(Expr number, Expr column, int lanes) {
    /** Runs a body for whole panels, and for the rest. */
    static void each(Code code, long columns, Consumer<ColumnPanel> body) {
        long whole = columns / Tile.WIDTH;
        int rest = (int) (columns % Tile.WIDTH);
        if (whole > 0) {
            code.loop(
                    "panel",
                    Expr.of(whole),
                    p -> body.accept(new ColumnPanel(p, code.let("column", p.times(Tile.WIDTH)), Tile.WIDTH)));
        }
        if (rest > 0) {
            body.accept(new ColumnPanel(Expr.of(whole), Expr.of(whole * Tile.WIDTH), rest));
        }
    }

    /** Runs the body of a panel with this number, written once for a whole panel and once for the rest. */
    static void at(Code code, long columns, Expr number, Consumer<ColumnPanel> body) {
        long whole = columns / Tile.WIDTH;
        int rest = (int) (columns % Tile.WIDTH);
        Expr column = code.let("column", number.times(Tile.WIDTH));
        Runnable one = () -> body.accept(new ColumnPanel(number, column, Tile.WIDTH));
        Runnable last = () -> body.accept(new ColumnPanel(number, column, rest));
        if (whole > 0 && rest > 0) {
            code.when(number.isBelow(whole), one);
            code.when(number.isAtLeast(whole), last);
        } else if (whole > 0) {
            one.run();
        } else if (rest > 0) {
            last.run();
        }
    }

    /** Its columns, filled up to whole vectors. */
    int vectorLanes() {
        return Math.ceilDiv(lanes, Tile.LANES) * Tile.LANES;
    }
}
