package dev.lathe.ir.op;

import dev.lathe.ir.type.Dim;

/** Floating-point (or integer) operations of one execution, a multiply-add counting as two. */
public record Cost(Dim flops) {
    public static final Cost NONE = new Cost(Dim.ZERO);

    public Cost plus(Cost other) {
        return new Cost(flops.plus(other.flops));
    }
}
