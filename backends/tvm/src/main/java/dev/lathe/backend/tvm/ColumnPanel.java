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
}
