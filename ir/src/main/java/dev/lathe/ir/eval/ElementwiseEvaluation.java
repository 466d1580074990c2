package dev.lathe.ir.eval;

import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Locale;

/** The meaning of the elementwise ops: floats are computed in double and rounded once, integers wrap around. */
public final class ElementwiseEvaluation {
    private ElementwiseEvaluation() {}

    public static Tensor unary(UnaryFunction function, Tensor x) {
        ElementType type = x.element();
        boolean toBool = function == UnaryFunction.IS_NAN;
        Tensor out = Tensor.zeros(toBool ? ElementType.BOOL : type, x.dims());
        for (long i = 0; i < x.size(); i++) {
            if (toBool) {
                out.setLong(i, Double.isNaN(x.getDouble(i)) ? 1 : 0);
            } else if (type.isComplex()) {
                complexUnary(function, x, out, i);
            } else if (type.isFloat()) {
                out.setDouble(i, ScalarEvaluation.apply(function, x.getDouble(i)));
            } else {
                out.setLong(i, ScalarEvaluation.apply(function, x.getLong(i), type));
            }
        }
        return out;
    }

    private static void complexUnary(UnaryFunction function, Tensor x, Tensor out, long i) {
        switch (function) {
            case NEGATE -> out.setComplex(i, -x.getComplex(i, 0), -x.getComplex(i, 1));
            default -> throw new InvalidOpException(function.mnemonic() + " of complex numbers");
        }
    }

    public static Tensor binary(BinaryFunction function, Tensor x, Tensor y) {
        long[] dims = Strides.broadcastShape(List.of(x.dims(), y.dims()));
        long[] sx = Strides.broadcast(x.dims(), dims);
        long[] sy = Strides.broadcast(y.dims(), dims);
        ElementType type = x.element();
        Tensor out = Tensor.zeros(type, dims);
        Strides.forEach(dims, (index, i) -> {
            long a = Strides.offset(index, sx);
            long b = Strides.offset(index, sy);
            if (type.isComplex()) {
                complexBinary(function, x, a, y, b, out, i);
            } else if (type.isFloat()) {
                out.setDouble(i, ScalarEvaluation.apply(function, x.getDouble(a), y.getDouble(b)));
            } else {
                out.setLong(i, ScalarEvaluation.apply(function, x.getLong(a), y.getLong(b), type));
            }
        });
        return out;
    }

    private static void complexBinary(BinaryFunction f, Tensor x, long a, Tensor y, long b, Tensor out, long i) {
        double xr = x.getComplex(a, 0);
        double xi = x.getComplex(a, 1);
        double yr = y.getComplex(b, 0);
        double yi = y.getComplex(b, 1);
        switch (f) {
            case ADD -> out.setComplex(i, xr + yr, xi + yi);
            case SUBTRACT -> out.setComplex(i, xr - yr, xi - yi);
            case MULTIPLY -> out.setComplex(i, xr * yr - xi * yi, xr * yi + xi * yr);
            case DIVIDE -> {
                double d = yr * yr + yi * yi;
                out.setComplex(i, (xr * yr + xi * yi) / d, (xi * yr - xr * yi) / d);
            }
            default -> throw new InvalidOpException(f.mnemonic() + " of complex numbers");
        }
    }

    public static Tensor compare(Comparison function, Tensor x, Tensor y) {
        long[] dims = Strides.broadcastShape(List.of(x.dims(), y.dims()));
        long[] sx = Strides.broadcast(x.dims(), dims);
        long[] sy = Strides.broadcast(y.dims(), dims);
        Tensor out = Tensor.zeros(ElementType.BOOL, dims);
        Strides.forEach(
                dims,
                (index, i) -> out.setLong(
                        i, holds(function, x, Strides.offset(index, sx), y, Strides.offset(index, sy)) ? 1 : 0));
        return out;
    }

    private static boolean holds(Comparison function, Tensor x, long a, Tensor y, long b) {
        ElementType type = x.element();
        int order;
        if (type.isString()) {
            order = x.getString(a).compareTo(y.getString(b));
        } else if (type.isComplex()) {
            boolean equal = x.getComplex(a, 0) == y.getComplex(b, 0) && x.getComplex(a, 1) == y.getComplex(b, 1);
            order = equal ? 0 : 1;
        } else if (type.isFloat()) {
            double p = x.getDouble(a);
            double q = y.getDouble(b);
            if (Double.isNaN(p) || Double.isNaN(q)) {
                return function == Comparison.NOT_EQUAL;
            }
            order = p < q ? -1 : p > q ? 1 : 0;
        } else {
            order = type == ElementType.U64
                    ? Long.compareUnsigned(x.getLong(a), y.getLong(b))
                    : Long.compare(x.getLong(a), y.getLong(b));
        }
        return switch (function) {
            case EQUAL -> order == 0;
            case NOT_EQUAL -> order != 0;
            case LESS -> order < 0;
            case LESS_OR_EQUAL -> order <= 0;
            case GREATER -> order > 0;
            case GREATER_OR_EQUAL -> order >= 0;
        };
    }

    public static Tensor select(Tensor condition, Tensor x, Tensor y) {
        long[] dims = Strides.broadcastShape(List.of(condition.dims(), x.dims(), y.dims()));
        long[] sc = Strides.broadcast(condition.dims(), dims);
        long[] sx = Strides.broadcast(x.dims(), dims);
        long[] sy = Strides.broadcast(y.dims(), dims);
        Tensor out = Tensor.zeros(x.element(), dims);
        Strides.forEach(dims, (index, i) -> {
            if (condition.getBoolean(Strides.offset(index, sc))) {
                out.copyElement(i, x, Strides.offset(index, sx));
            } else {
                out.copyElement(i, y, Strides.offset(index, sy));
            }
        });
        return out;
    }

    public static Tensor cast(Tensor x, ElementType to, boolean saturate) {
        ElementType from = x.element();
        if (from == to) {
            return x;
        }
        Tensor out = Tensor.zeros(to, x.dims());
        for (long i = 0; i < x.size(); i++) {
            if (from.isString()) {
                parse(x.getString(i), out, i);
            } else if (to.isString()) {
                out.setString(i, text(x, i));
            } else if (from.isComplex() || to.isComplex()) {
                double re = from.isComplex() ? x.getComplex(i, 0) : x.getDouble(i);
                if (to.isComplex()) {
                    out.setComplex(i, re, from.isComplex() ? x.getComplex(i, 1) : 0);
                } else {
                    out.setDouble(i, re);
                }
            } else if (from.isFloat()) {
                out.setRounded(i, x.getDouble(i), saturate);
            } else if (to.isFloat()) {
                out.setRounded(i, x.getDouble(i), saturate);
            } else {
                out.setLong(i, x.getLong(i));
            }
        }
        return out;
    }

    private static void parse(String text, Tensor out, long i) {
        String s = text.strip();
        if (out.element().isInteger()) {
            try {
                out.setLong(i, Long.parseLong(s));
                return;
            } catch (NumberFormatException e) {
                // a decimal number: below
            }
        }
        out.setDouble(i, parseDouble(s));
    }

    private static double parseDouble(String text) {
        try {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
                case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
                case "nan", "+nan", "-nan" -> Double.NaN;
                default -> Double.parseDouble(text);
            };
        } catch (NumberFormatException e) {
            throw new InvalidOpException("cannot read \"" + text + "\" as a number");
        }
    }

    private static String text(Tensor x, long i) {
        if (!x.element().isFloat()) {
            return x.element().isBool() ? (x.getBoolean(i) ? "1" : "0") : x.elementText(i);
        }
        return x.element() == ElementType.F64 ? NumberText.of(x.getDouble(i)) : NumberText.of(x.getFloat(i));
    }
}
