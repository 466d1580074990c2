package dev.lathe.frontend.onnx.ops.shape;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Operators about shapes, and those that create tensors. */
public final class ShapeOps {
    private ShapeOps() {}

    public static void addTo(Operators t) {
        t.on("Shape").since(1, ShapeOps::shape);
        t.on("Size").since(1, n -> n.b.dim(n.shape(0).elements()));
        t.on("Reshape")
                .since(
                        1,
                        n -> reshape(
                                n,
                                n.ints("shape").orElse(List.of()).stream()
                                        .map(Dim::of)
                                        .toList()))
                .since(
                        5,
                        n -> n.b.dims(n.in(1)).isPresent()
                                ? reshape(n, n.dims(1))
                                : n.b.reshape(
                                        n.in(0),
                                        Shape.of(RuntimeAxes.reshape(n, n.in(1), n.flag("allowzero", false)))));
        t.on("Flatten").since(1, n -> {
            Shape s = n.shape(0);
            long given = n.i("axis", 1);
            int axis = given == s.rank() ? s.rank() : OnnxNode.axis(given, s.rank() + (s.rank() == 0 ? 1 : 0));
            return n.b.reshape(
                    n.in(0),
                    Shape.of(
                            s.slice(0, axis).elements(), s.slice(axis, s.rank()).elements()));
        });
        t.on("Squeeze")
                .since(1, n -> squeeze(n, n.ints("axes")))
                .since(
                        13,
                        n -> RuntimeAxes.known(n, 1)
                                ? squeeze(n, n.opt(1).map(_ -> n.longs(1)))
                                : RuntimeAxes.squeeze(n));
        t.on("Unsqueeze")
                .since(1, n -> unsqueeze(n, n.ints("axes").orElse(List.of())))
                .since(13, n -> RuntimeAxes.known(n, 1) ? unsqueeze(n, n.longs(1)) : RuntimeAxes.unsqueeze(n));
        t.on("Expand").since(8, n -> {
            Shape wanted = Shape.of(n.dims(1));
            return n.b.broadcast(n.in(0), Check.INSTANCE.broadcast(n.shape(0), wanted));
        });
        t.on("Tile")
                .since(1, n -> {
                    List<Dim> repeats = repeat(Dim.ONE, n.rank(0));
                    repeats.set(OnnxNode.axis(n.longs(2).getFirst(), n.rank(0)), n.dim(1));
                    return tile(n, repeats);
                })
                .since(6, n -> tile(n, n.dims(1)));
        t.on("Constant").since(1, ShapeOps::constant);
        t.on("ConstantOfShape").since(9, n -> {
            Tensor value = n.tensor("value").orElse(Tensor.scalar(0f));
            return n.b.broadcast(n.b.constant(value.reshape()), Shape.of(n.dims(0)));
        });
        t.on("Range").since(11, ShapeOps::range);
    }

    private static Value shape(OnnxNode n) {
        int rank = n.rank(0);
        int start = Math.clamp(place(n.i("start", 0), rank), 0, rank);
        int end = Math.clamp(place(n.i("end", rank), rank), start, rank);
        return n.b.dims(n.shape(0).slice(start, end).dims());
    }

    private static long place(long i, int rank) {
        return i < 0 ? i + rank : i;
    }

    private static Value reshape(OnnxNode n, List<Dim> wanted) {
        Shape from = n.shape(0);
        boolean zeroMeansZero = n.flag("allowzero", false);
        List<Dim> dims = new ArrayList<>();
        int open = -1;
        for (int i = 0; i < wanted.size(); i++) {
            Dim d = wanted.get(i);
            if (d.isConstant(-1)) {
                if (open >= 0) {
                    throw new InvalidOpException("the shape " + wanted + " leaves more than one dimension open");
                }
                open = i;
                dims.add(Dim.ONE);
            } else if (d.isConstant(0) && !zeroMeansZero) {
                dims.add(from.dim(i));
            } else {
                dims.add(d);
            }
        }
        if (open >= 0) {
            dims.set(open, quotient(from.dims(), dims));
        }
        return n.b.reshape(n.in(0), Shape.of(dims));
    }

    /** A product of sizes divided by another, in which equal sizes cancel before anything is multiplied. */
    private static Dim quotient(List<Dim> sizes, List<Dim> divisors) {
        List<Dim> above = new ArrayList<>(sizes);
        List<Dim> below = new ArrayList<>();
        for (Dim d : divisors) {
            if (d.isConstant(0) || !above.remove(d)) {
                below.add(d);
            }
        }
        return Shape.of(above).elements().floorDiv(Shape.of(below).elements());
    }

    private static Value squeeze(OnnxNode n, Optional<List<Long>> given) {
        List<Integer> axes = given.map(g -> OnnxNode.axes(g, n.rank(0))).orElse(List.of());
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < n.rank(0); i++) {
            Dim d = n.shape(0).dim(i);
            if (given.isPresent() ? !axes.contains(i) : !d.isConstant(1)) {
                dims.add(d);
            } else if (d.isConstant() && !d.isConstant(1)) {
                throw new InvalidOpException("axis " + i + " has " + d + " elements and cannot be left out");
            }
        }
        return n.b.reshape(n.in(0), Shape.of(dims));
    }

    private static Value unsqueeze(OnnxNode n, List<Long> given) {
        List<Integer> axes = OnnxNode.axes(given, n.rank(0) + given.size());
        List<Dim> rest = new ArrayList<>(n.shape(0).dims());
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < n.rank(0) + given.size(); i++) {
            dims.add(axes.contains(i) ? Dim.ONE : rest.removeFirst());
        }
        return n.b.reshape(n.in(0), Shape.of(dims));
    }

    /** Each axis becomes two, {@code [repeats, size]}, the first of which is broadcast. */
    private static Value tile(OnnxNode n, List<Dim> repeats) {
        if (repeats.size() != n.rank(0)) {
            throw new InvalidOpException(
                    repeats.size() + " repeats for " + n.in(0).type());
        }
        List<Dim> split = new ArrayList<>();
        List<Dim> wide = new ArrayList<>();
        List<Dim> joined = new ArrayList<>();
        for (int i = 0; i < repeats.size(); i++) {
            Dim d = n.shape(0).dim(i);
            split.addAll(List.of(Dim.ONE, d));
            wide.addAll(List.of(repeats.get(i), d));
            joined.add(repeats.get(i).times(d));
        }
        return n.b.reshape(n.b.broadcast(n.b.reshape(n.in(0), Shape.of(split)), Shape.of(wide)), Shape.of(joined));
    }

    private static Value constant(OnnxNode n) {
        Optional<Tensor> tensor = n.tensor("value");
        if (tensor.isPresent()) {
            return n.b.constant(tensor.get());
        }
        if (n.has("value_float")) {
            return n.b.constant(Tensor.scalar(n.f("value_float", 0)));
        }
        if (n.has("value_int")) {
            return n.b.constant(Tensor.scalar(n.i("value_int", 0)));
        }
        if (n.has("value_floats")) {
            List<Float> values = n.floats("value_floats").orElseThrow();
            float[] array = new float[values.size()];
            for (int i = 0; i < array.length; i++) {
                array[i] = values.get(i);
            }
            return n.b.constant(Tensor.of(array, array.length));
        }
        if (n.has("value_ints")) {
            long[] array = n.ints("value_ints").orElseThrow().stream()
                    .mapToLong(Long::longValue)
                    .toArray();
            return n.b.constant(Tensor.vector(array));
        }
        if (n.has("value_string")) {
            return n.b.constant(Tensor.ofStrings(new String[] {n.s("value_string", "")}));
        }
        if (n.has("value_strings")) {
            List<String> values = n.strings("value_strings");
            return n.b.constant(Tensor.ofStrings(values.toArray(String[]::new), values.size()));
        }
        if (n.sparse("sparse_value").isPresent()) {
            return n.b.constant(n.sparse("sparse_value").orElseThrow());
        }
        throw new InvalidOpException("it has no value");
    }

    private static Value range(OnnxNode n) {
        // The standard's own functions give vectors of one element here.
        Value start = n.b.reshape(n.in(0), Shape.SCALAR);
        Value limit = n.b.reshape(n.in(1), Shape.SCALAR);
        Value delta = n.b.reshape(n.in(2), Shape.SCALAR);
        if (n.element(0) == ElementType.I64) {
            Optional<Dim> from = single(n, start);
            Optional<Dim> to = single(n, limit);
            Optional<Dim> step = single(n, delta);
            if (from.isPresent()
                    && to.isPresent()
                    && step.isPresent()
                    && step.get().isConstant()
                    && !step.get().isConstant(0)) {
                try {
                    Dim span = to.get().minus(from.get());
                    long by = step.get().constant();
                    Dim count =
                            by > 0 ? span.ceilDiv(Dim.of(by)) : span.negate().ceilDiv(Dim.of(-by));
                    return n.b.add(new Range(start, limit, delta, count.max(Dim.ZERO), false));
                } catch (ArithmeticException e) {
                    // Too far apart to count here; there may be none.
                }
            }
        }
        return n.b.add(new Range(start, limit, delta, Dim.symbol(n.b.freshSymbol("count")), true));
    }

    private static Optional<Dim> single(OnnxNode n, Value v) {
        return n.b.dims(v).filter(d -> d.size() == 1).map(List::getFirst);
    }

    /** A list of {@code count} equal entries. */
    public static <T> List<T> repeat(T value, int count) {
        return new ArrayList<>(Collections.nCopies(count, value));
    }
}
