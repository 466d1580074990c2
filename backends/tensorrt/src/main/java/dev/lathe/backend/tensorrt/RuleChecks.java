package dev.lathe.backend.tensorrt;

import static dev.lathe.backend.tensorrt.NetworkTensor.UNKNOWN;

import dev.lathe.backend.tensorrt.LayerRules.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the rules of layers are made of; what does not hold is a {@link LayerException}. */
final class RuleChecks {
    private RuleChecks() {}

    @SuppressWarnings("AnnotateFormatMethod") // the annotation is Error Prone's, of which only the build knows
    static void require(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new LayerException(String.format(Locale.ROOT, message, arguments));
        }
    }

    /** A size that a layer wants when it is built. */
    static void known(long size, String message, String what) {
        if (size == UNKNOWN) {
            throw new LayerException(
                    String.format(Locale.ROOT, message, what), "give the shapes of inputs and weights with --shape");
        }
        require(size > 0, "%s with a kernel of no elements", what);
    }

    static void in(NetworkTensor x, Set<DataType> types, String what) {
        require(
                types.contains(x.type()),
                "%s of %s, where TensorRT has %s",
                what,
                x.type(),
                types.stream().sorted().toList());
    }

    static NetworkTensor floating(NetworkTensor x, String what) {
        in(x, DataType.FLOATS, what);
        return x;
    }

    static void scalar(NetworkTensor x, Set<DataType> types, String what) {
        in(x, types, what);
        require(x.rank() == 0, "%s of rank %s instead of a scalar", what, x.rank());
    }

    static void same(NetworkTensor x, NetworkTensor y, String what) {
        require(x.type() == y.type(), "%s of %s and %s", what, x.type(), y.type());
    }

    static void axis(int axis, NetworkTensor x) {
        require(axis >= 0 && axis < x.rank(), "axis %s of %s", axis, x.typeText());
    }

    static void agree(long a, long b, String what) {
        require(a == b || a == UNKNOWN || b == UNKNOWN, "%s are %s and %s", what, a, b);
    }

    /** Equal ranks; along each axis equal sizes, or one of them is 1. */
    static List<Long> broadcast(List<Long> a, List<Long> b) {
        require(a.size() == b.size(), "ranks %s and %s, which must be equal", a.size(), b.size());
        List<Long> dims = new ArrayList<>();
        for (int i = 0; i < a.size(); i++) {
            long x = a.get(i);
            long y = b.get(i);
            require(x == y || x == 1 || y == 1 || x == UNKNOWN || y == UNKNOWN, "%s does not broadcast to %s", a, b);
            dims.add(x == 1 || x == UNKNOWN && y != 1 ? y : x);
        }
        return dims;
    }

    static boolean known(List<Long> dims) {
        return !dims.contains(UNKNOWN);
    }

    static long product(List<Long> dims) {
        return dims.stream().reduce(1L, Math::multiplyExact);
    }

    /** The type and dimensions of a tensor. */
    static Form like(NetworkTensor x) {
        return new Form(x.type(), x.dims());
    }
}
