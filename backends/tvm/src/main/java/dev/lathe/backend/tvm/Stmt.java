package dev.lathe.backend.tvm;

import java.util.List;

/** A statement of TVM's tensor IR. */
sealed interface Stmt {
    /** What becomes of the turns of a loop. */
    enum Kind {
        SERIAL("T.serial"),
        VECTORIZED("T.vectorized"),
        UNROLLED("T.unroll");

        final String text;

        Kind(String text) {
            this.text = text;
        }

        /** The number of it in TVM. */
        int number() {
            return switch (this) {
                case SERIAL -> 0;
                case VECTORIZED -> 2;
                case UNROLLED -> 3;
            };
        }
    }

    /** Runs a body for 0 and all that is below {@code extent}. */
    record For(Expr.Var turn, Expr extent, Kind kind, Stmt body) implements Stmt {}

    record Store(Array to, Expr index, Expr value) implements Stmt {}

    /** Asks for an element that will be read soon; it may be none of the array. */
    record Prefetch(Array array, Expr index) implements Stmt {}

    /** Names a number, for the statements after it in its block. */
    record Let(Expr.Var name, Expr value) implements Stmt {}

    /** Makes an array, for the statements after it in its block. */
    record Local(Array array) implements Stmt {}

    record If(Expr condition, Stmt yes) implements Stmt {}

    record Block(List<Stmt> statements) implements Stmt {}
}
