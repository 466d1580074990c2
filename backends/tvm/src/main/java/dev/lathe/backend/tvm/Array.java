package dev.lathe.backend.tvm;

/**
 * Elements in memory, counted from 0.
 *
 * @param size how many a local array has; 0 for a parameter of the kernel
 */
record Array(String name, Dtype element, int size) implements Kernel.Parameter {
    Expr at(Expr index) {
        return new Expr.Load(this, index);
    }
}
