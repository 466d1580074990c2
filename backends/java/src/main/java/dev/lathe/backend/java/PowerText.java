package dev.lathe.backend.java;

/**
 * Powers on vectors of floats, as statements of a kernel: {@code 2^(y log2 |x|)}, in doubles, for a product that is
 * rounded to a float would make powers wrong by its exponent's error. So a result is the float beside the exact power
 * or the next one. Special values are those of {@link dev.lathe.runtime.ScalarFunctions#pow}, its scalar twin.
 */
final class PowerText {
    /** The power of half of the lanes. */
    private static final String HALF = """
        DoubleVector half%1$d;
        {
            DoubleVector a = (DoubleVector) magnitude.convertShape(VectorOperators.F2D, D, %1$d);
            DoubleVector t = (DoubleVector) %2$s.convertShape(VectorOperators.F2D, D, %1$d);
            LongVector k = a.reinterpretAsLongs().sub(ScalarFunctions.DOUBLE_SQRT_HALF_BITS)
                    .lanewise(VectorOperators.ASHR, 52);
            DoubleVector e = k.add(ScalarFunctions.DOUBLE_ROUND_MAGIC_BITS).reinterpretAsDoubles()
                    .sub(ScalarFunctions.DOUBLE_ROUND_MAGIC);
            DoubleVector d = a.reinterpretAsLongs().sub(k.lanewise(VectorOperators.LSHL, 52)).reinterpretAsDoubles();
            DoubleVector s = d.sub(1.0).div(d.add(1.0));
            DoubleVector z = s.mul(s);
        %3$s
            t = t.mul(s.fma(q, e)
                    .blend(a, a.compare(VectorOperators.EQ, Double.POSITIVE_INFINITY))
                    .blend(Double.NEGATIVE_INFINITY, a.compare(VectorOperators.EQ, 0.0)));
            t = t.blend(200.0, t.compare(VectorOperators.GT, 200.0));
            t = t.blend(-200.0, t.compare(VectorOperators.LT, -200.0));
            DoubleVector whole = t.add(ScalarFunctions.DOUBLE_ROUND_MAGIC);
            DoubleVector f = t.sub(whole.sub(ScalarFunctions.DOUBLE_ROUND_MAGIC));
        %4$s
            half%1$d = g.reinterpretAsLongs().add(whole.reinterpretAsLongs().lanewise(VectorOperators.LSHL, 52))
                    .reinterpretAsDoubles();
        }
        """;

    private PowerText() {}

    /** Statements that declare {@code result} as {@code x} to the power of {@code y}. */
    static String statements(String x, String y, String result) {
        String log = polynomial("q", "z", "LOG2_6", "LOG2_5", "LOG2_4", "LOG2_3", "LOG2_2", "LOG2_1", "LOG2_0");
        String exp = polynomial(
                "g", "f", "EXP2_8", "EXP2_7", "EXP2_6", "EXP2_5", "EXP2_4", "EXP2_3", "EXP2_2", "EXP2_1", "EXP2_0");
        // A whole number is one less the sum of it and a large one.
        String ends = """
            FloatVector p = ((FloatVector) half0.convertShape(VectorOperators.D2F, F, 0)).reinterpretAsInts()
                    .or(((FloatVector) half1.convertShape(VectorOperators.D2F, F, -1)).reinterpretAsInts())
                    .reinterpretAsFloats();
            p = p.blend(Float.NaN, %1$s.test(VectorOperators.IS_NAN).or(%2$s.test(VectorOperators.IS_NAN)));
            FloatVector n = %2$s.abs();
            p = p.blend(1f, n.compare(VectorOperators.EQ, 0f).or(magnitude.compare(VectorOperators.EQ, 1f)));
            VectorMask<Float> integer = n.add(0x1p23f).sub(0x1p23f).compare(VectorOperators.EQ, n)
                    .or(n.compare(VectorOperators.GE, 0x1p23f));
            n = n.mul(0.5f);
            VectorMask<Float> even = n.add(0x1p23f).sub(0x1p23f).compare(VectorOperators.EQ, n)
                    .or(n.compare(VectorOperators.GE, 0x1p23f));
            FloatVector turned = p.reinterpretAsInts().or(%1$s.reinterpretAsInts().and(0x80000000))
                    .reinterpretAsFloats();
            p = p.blend(turned, integer.andNot(even));
            VectorMask<Float> negative = %1$s.compare(VectorOperators.LT, 0f)
                    .and(%1$s.compare(VectorOperators.GT, Float.NEGATIVE_INFINITY));
            p = p.blend(Float.NaN, negative.andNot(integer));
            %3$s = p;
            """.formatted(x, y, result);
        String steps = "FloatVector magnitude = " + x + ".abs();\n" + HALF.formatted(0, y, log, exp)
                + HALF.formatted(1, y, log, exp) + ends;
        return "FloatVector " + result + ";\n{\n" + steps.indent(4) + "}\n";
    }

    /** Declares {@code p} as a polynomial in {@code x}, by Horner's rule. */
    private static String polynomial(String p, String x, String... coefficients) {
        StringBuilder s = new StringBuilder();
        for (String c : coefficients) {
            String term = "DoubleVector.broadcast(D, ScalarFunctions." + c + ")";
            s.append(s.isEmpty() ? "DoubleVector " + p + " = " + term : p + " = " + p + ".fma(" + x + ", " + term + ")")
                    .append(";\n");
        }
        return s.toString().indent(4).stripTrailing();
    }
}
