package dev.lathe.ir.type;

import java.util.function.ToLongFunction;

/** The exact value of an expression. */
record DimValue(ToLongFunction<String> values) implements Dim.Algebra<Long> {
    @Override
    public Long constant(long value) {
        return value;
    }

    @Override
    public Long symbol(String name, boolean signed) {
        return values.applyAsLong(name);
    }

    @Override
    public Long plus(Long a, Long b) {
        return Math.addExact(a, b);
    }

    @Override
    public Long times(Long a, Long b) {
        return Math.multiplyExact(a, b);
    }

    @Override
    public Long floorDiv(Long numerator, Long denominator) {
        return Math.floorDiv(numerator, denominator);
    }

    @Override
    public Long min(Long a, Long b) {
        return Math.min(a, b);
    }

    @Override
    public Long max(Long a, Long b) {
        return Math.max(a, b);
    }
}
