package dev.lathe.runtime;

import dev.lathe.ir.eval.ScalarEvaluation;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Elementwise ops on values of any size in arrays, by loops over these, with the bits of the reference. What has no
 * loop gives null.
 */
final class ValueLoops {
    private ValueLoops() {}

    /**
     * Whether there are loops for an op, if its operands are in arrays and have one shape, or one of them one
     * element.
     */
    static boolean takes(Op op) {
        return switch (op) {
            case Binary b ->
                switch (b.function()) {
                    case ADD, SUBTRACT, MULTIPLY -> isLooped(b.x().tensorType().element());
                    case DIVIDE ->
                        isLooped(b.x().tensorType().element())
                                && b.x().tensorType().element().isFloat();
                    default -> false;
                };
            case Unary u -> u.x().tensorType().element() == ElementType.F64 && u.function() != UnaryFunction.IS_NAN;
            case Cast c -> casts(c.x().tensorType().element(), c.to());
            default -> false;
        };
    }

    private static boolean isLooped(ElementType type) {
        return type == ElementType.F64 || type == ElementType.F32 || type == ElementType.I64;
    }

    private static boolean casts(ElementType from, ElementType to) {
        return switch (from) {
            case I64 -> to == ElementType.F64 || to == ElementType.F32;
            case F64 -> to == ElementType.F32;
            case F32 -> to == ElementType.F64;
            default -> false;
        };
    }

    /** The op on these tensors; null if they are not so. */
    static @Nullable Tensor run(Op op, Tensor x, @Nullable Tensor y) {
        return switch (op) {
            case Binary b when y != null -> binary(b.function(), x, y);
            case Unary u -> unary(u.function(), x);
            case Cast c -> cast(x, c.to());
            default -> null;
        };
    }

    private static @Nullable Tensor binary(BinaryFunction f, Tensor x, Tensor y) {
        boolean one = x.size() == 1 && x.rank() <= y.rank();
        boolean other = y.size() == 1 && y.rank() <= x.rank();
        if (!one && !other && !Arrays.equals(x.dims(), y.dims())) {
            return null;
        }
        Tensor made = Tensor.zeros(x.element(), other ? x.dims() : y.dims());
        int n = (int) made.size();
        int a = x.size() == 1 ? 0 : 1;
        int b = y.size() == 1 ? 0 : 1;
        if (made.array() instanceof double[] to && x.array() instanceof double[] u && y.array() instanceof double[] v) {
            loop(f, u, a, v, b, to, n);
        } else if (made.array() instanceof float[] to
                && x.array() instanceof float[] u
                && y.array() instanceof float[] v) {
            loop(f, u, a, v, b, to, n);
        } else if (made.array() instanceof long[] to
                && x.array() instanceof long[] u
                && y.array() instanceof long[] v) {
            loop(f, u, a, v, b, to, n);
        } else {
            return null;
        }
        return made;
    }

    private static void loop(BinaryFunction f, double[] x, int a, double[] y, int b, double[] to, int n) {
        for (int i = 0; i < n; i++) {
            double u = x[i * a];
            double v = y[i * b];
            to[i] = switch (f) {
                case ADD -> u + v;
                case SUBTRACT -> u - v;
                case MULTIPLY -> u * v;
                default -> u / v;
            };
        }
    }

    private static void loop(BinaryFunction f, float[] x, int a, float[] y, int b, float[] to, int n) {
        for (int i = 0; i < n; i++) {
            float u = x[i * a];
            float v = y[i * b];
            to[i] = switch (f) {
                case ADD -> u + v;
                case SUBTRACT -> u - v;
                case MULTIPLY -> u * v;
                default -> u / v;
            };
        }
    }

    private static void loop(BinaryFunction f, long[] x, int a, long[] y, int b, long[] to, int n) {
        for (int i = 0; i < n; i++) {
            long u = x[i * a];
            long v = y[i * b];
            to[i] = switch (f) {
                case ADD -> u + v;
                case SUBTRACT -> u - v;
                default -> u * v;
            };
        }
    }

    private static @Nullable Tensor unary(UnaryFunction f, Tensor x) {
        Tensor made = Tensor.zeros(ElementType.F64, x.dims());
        if (!(made.array() instanceof double[] to && x.array() instanceof double[] from)) {
            return null;
        }
        for (int i = 0; i < x.size(); i++) {
            to[i] = ScalarEvaluation.apply(f, from[i]);
        }
        return made;
    }

    private static @Nullable Tensor cast(Tensor x, ElementType type) {
        Tensor made = Tensor.zeros(type, x.dims());
        Object target = made.array();
        int n = (int) x.size();
        switch (x.array()) {
            case long[] from
            when target instanceof double[] to -> {
                for (int i = 0; i < n; i++) {
                    to[i] = from[i];
                }
            }
            case long[] from
            when target instanceof float[] to -> {
                for (int i = 0; i < n; i++) {
                    to[i] = (float) (double) from[i];
                }
            }
            case double[] from
            when target instanceof float[] to -> {
                for (int i = 0; i < n; i++) {
                    to[i] = (float) from[i];
                }
            }
            case float[] from
            when target instanceof double[] to -> {
                for (int i = 0; i < n; i++) {
                    to[i] = from[i];
                }
            }
            case null, default -> {
                return null;
            }
        }
        return made;
    }
}
