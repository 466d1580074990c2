package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** Kernels that move elements. An index that names none is noted as a fault. */
final class MovementKernels {
    private static final long GRAIN = 1 << 14;

    private final Program program;

    MovementKernels(Program program) {
        this.program = program;
    }

    private static Dtype bytes(View v) {
        return Dtype.bytes(v.type().element().bits() / 8);
    }

    /** An axis with its strides in two views. */
    private record Axis(Dim size, Dim from, Dim to) {
        /** Whether elements of {@code inner} follow those of this one in both views. */
        boolean joins(Axis inner) {
            return from.equals(inner.from.times(inner.size)) && to.equals(inner.to.times(inner.size));
        }
    }

    private static long grain(Dim row) {
        return row.isConstant() ? Math.max(1, GRAIN / Math.max(1, row.constant())) : GRAIN / 256;
    }

    /** A loop over the last axis for each place along the others. */
    Launch copy(Step.Copy s) {
        List<Axis> axes = new ArrayList<>();
        for (int i = 0; i < s.from().shape().rank(); i++) {
            Axis axis = new Axis(
                    s.from().shape().dim(i),
                    s.from().strides().get(i),
                    s.to().strides().get(i));
            if (axis.size.isConstant(1)) {
                continue;
            }
            if (!axes.isEmpty() && axes.getLast().joins(axis)) {
                Axis outer = axes.removeLast();
                axis = new Axis(outer.size.times(axis.size), axis.from, axis.to);
            }
            axes.add(axis);
        }
        Code code = new Code();
        Array x = code.elements("x", bytes(s.from()), s.from());
        Array y = code.elements("y", bytes(s.from()), s.to());
        if (axes.size() <= 1) {
            Expr from = code.size("x_step", axes.isEmpty() ? Dim.ONE : axes.getFirst().from);
            Expr to = code.size("y_step", axes.isEmpty() ? Dim.ONE : axes.getFirst().to);
            code.each("i", i -> code.store(y, i.times(to), x.at(i.times(from))));
            return code.launch(program, "copy", s.from().shape().elements(), GRAIN);
        }
        Axis last = axes.removeLast();
        List<Expr> sizes = new ArrayList<>();
        List<Expr> froms = new ArrayList<>();
        List<Expr> tos = new ArrayList<>();
        for (Axis a : axes) {
            sizes.add(code.size("d", a.size));
            froms.add(code.size("x_step", a.from));
            tos.add(code.size("y_step", a.to));
        }
        Expr length = code.size("length", last.size);
        Expr fromStep = code.size("x_step", last.from);
        Expr toStep = code.size("y_step", last.to);
        code.each("row", row -> {
            Expr rest = row;
            Expr from = Expr.of(0);
            Expr to = Expr.of(0);
            for (int k = axes.size() - 1; k >= 0; k--) {
                Expr c = k == 0 ? rest : code.let("c", rest.mod(sizes.get(k)));
                rest = k == 0 ? rest : code.let("rest", rest.over(sizes.get(k)));
                from = from.plus(c.times(froms.get(k)));
                to = to.plus(c.times(tos.get(k)));
            }
            Expr start = code.let("from", from);
            Expr place = code.let("to", to);
            code.loop(
                    "j", length, j -> code.store(y, place.plus(j.times(toStep)), x.at(start.plus(j.times(fromStep)))));
        });
        Dim rows = axes.stream().map(Axis::size).reduce(Dim.ONE, Dim::times);
        return code.launch(program, "copy_rows", rows, grain(last.size));
    }

    Launch tableCopy(Step.TableCopy s) {
        Shape from = s.from().shape();
        Shape to = s.to().shape();
        int rank = from.rank();
        Dtype type = bytes(s.from());
        Code code = new Code();
        Array x = code.elements("x", type, s.from());
        Array y = code.elements("y", type, s.to());
        Array tables = code.tables(s.tables());
        List<Expr> fromSizes = new ArrayList<>();
        List<Expr> toSizes = new ArrayList<>();
        for (int k = 0; k < rank; k++) {
            fromSizes.add(code.size("from", from.dim(k)));
            toSizes.add(code.size("to", to.dim(k)));
        }
        long bits = s.fill().getBits(0) & (type.bits == 64 ? -1L : (1L << type.bits) - 1);
        Expr fill = type == Dtype.U64 ? Expr.of(bits).cast(Dtype.U64) : new Expr.Int(type, bits);
        if (rank == 0) {
            code.each("i", i -> code.store(y, i, x.at(i)));
            return code.launch(program, "table_copy", Dim.ONE, 1);
        }
        int last = rank - 1;
        Expr columns = toSizes.get(last);
        // An item is a row: what all but the last table say holds for all of it.
        code.each("row", row -> {
            Expr rest = row;
            Expr place = Expr.of(0);
            Expr stride = fromSizes.get(last);
            Expr inside = null;
            Expr end = Expr.of(0);
            for (Expr e : toSizes.subList(0, last)) {
                end = end.plus(e);
            }
            Expr lastTable = code.let("last_table", end);
            for (int k = last - 1; k >= 0; k--) {
                end = end.minus(toSizes.get(k));
                Expr c = code.let(
                        "c", tables.at(end.plus(rest.mod(toSizes.get(k)))).cast(Dtype.I64));
                rest = code.let("rest", rest.over(toSizes.get(k)));
                inside = inside == null ? c.isAtLeast(0) : inside.and(c.isAtLeast(0));
                place = place.plus(c.times(stride));
                stride = stride.times(fromSizes.get(k));
            }
            Expr source = code.let("from_row", place);
            Expr start = code.let("to_row", row.times(columns));
            Runnable copy = () -> code.loop("column", columns, j -> {
                Expr c = code.let("c", tables.at(lastTable.plus(j)).cast(Dtype.I64));
                code.store(y, start.plus(j), new Expr.Choose(c.isAtLeast(0), x.at(source.plus(c)), fill));
            });
            if (inside == null) {
                copy.run();
                return;
            }
            Expr isInside = code.let("is_inside", inside);
            code.when(isInside, copy);
            code.when(isInside.not(), () -> code.loop("column", columns, j -> code.store(y, start.plus(j), fill)));
        });
        return code.launch(program, "table_copy", to.slice(0, last).elements(), grain(to.dim(last)));
    }

    // By indices.

    /** An index that counts from the start; where it names no element that is noted, and it is 0. */
    private static Expr index(Code code, Expr element, Expr count) {
        Expr k = code.let("k", element.cast(Dtype.I64));
        Expr bad = code.let("bad", k.isBelow(Expr.of(0).minus(count)).or(k.isAtLeast(count)));
        code.fault(bad, k, count);
        return code.let("at", bad.select(Expr.of(0), k.isBelow(0).select(k.plus(count), k)));
    }

    private static Dtype indexType(View v) {
        return Dtype.stored(v.type().element()).orElseThrow();
    }

    Launch gather(Step.GatherSlices s) {
        Shape from = s.from().shape();
        Dim innerDim = from.slice(s.axis() + 1, from.rank()).elements();
        Code code = new Code();
        Array x = code.elements("x", bytes(s.from()), s.from());
        Array indices = code.elements("indices", indexType(s.indices()), s.indices());
        Array y = code.elements("y", bytes(s.from()), s.to());
        Expr many = code.size("many", s.indices().shape().elements());
        Expr count = code.size("count", from.dim(s.axis()));
        Expr inner = code.size("inner", innerDim);
        code.each("slice", slice -> {
            Expr k = index(code, indices.at(slice.mod(many)), count);
            Expr start = code.let("from", slice.over(many).times(count).plus(k).times(inner));
            Expr place = code.let("to", slice.times(inner));
            code.when(
                    count.isAtLeast(1),
                    () -> code.loop("j", inner, j -> code.store(y, place.plus(j), x.at(start.plus(j)))));
        });
        Dim slices =
                from.slice(0, s.axis()).elements().times(s.indices().shape().elements());
        return code.launch(program, "gather", slices, grain(innerDim));
    }

    Launch gather(Step.GatherElements s) {
        Shape shape = s.indices().shape();
        Code code = new Code();
        Array x = code.elements("x", bytes(s.from()), s.from());
        Array indices = code.elements("indices", indexType(s.indices()), s.indices());
        Array y = code.elements("y", bytes(s.from()), s.to());
        List<Expr> own = sizes(code, "d", shape);
        List<Expr> sizes = sizes(code, "x_size", s.from().shape());
        Expr count = sizes.get(s.axis());
        code.each("i", i -> {
            Expr k = index(code, indices.at(i), count);
            Expr rest = i;
            Expr from = Expr.of(0);
            Expr stride = Expr.of(1);
            for (int axis = shape.rank() - 1; axis >= 0; axis--) {
                from = from.plus((axis == s.axis() ? k : rest.mod(own.get(axis))).times(stride));
                rest = code.let("rest", rest.over(own.get(axis)));
                stride = stride.times(sizes.get(axis));
            }
            Expr place = from;
            code.when(count.isAtLeast(1), () -> code.store(y, i, x.at(place)));
        });
        return code.launch(program, "gather_elements", shape.elements(), GRAIN);
    }

    private static List<Expr> sizes(Code code, String name, Shape shape) {
        return shape.dims().stream().map(d -> code.size(name, d)).toList();
    }

    /** A line along the axis is an item: updates of one element are all in one line, and keep their order. */
    Launch scatter(Step.ScatterElements s) {
        Shape shape = s.indices().shape();
        boolean moves = s.reduction() == ScatterReduction.NONE;
        ElementType element = s.to().type().element();
        Dtype type = moves ? bytes(s.to()) : Dtype.stored(element).orElseThrow();
        Code code = new Code();
        Array indices = code.elements("indices", indexType(s.indices()), s.indices());
        Array x = code.elements("x", type, s.updates());
        Array y = code.elements("y", type, s.to());
        List<Expr> own = sizes(code, "d", shape);
        List<Expr> sizes = sizes(code, "y_size", s.to().shape());
        Expr count = sizes.get(s.axis());
        Scalars scalars = Scalars.in(code);
        code.each("line", line -> {
            Expr rest = line;
            Expr at = Expr.of(0);
            Expr from = Expr.of(0);
            Expr stride = Expr.of(1);
            Expr ownStride = Expr.of(1);
            Expr step = stride;
            Expr ownStep = ownStride;
            for (int axis = shape.rank() - 1; axis >= 0; axis--) {
                if (axis == s.axis()) {
                    step = stride;
                    ownStep = ownStride;
                } else {
                    Expr c = code.let("c", rest.mod(own.get(axis)));
                    rest = code.let("rest", rest.over(own.get(axis)));
                    at = at.plus(c.times(stride));
                    from = from.plus(c.times(ownStride));
                }
                stride = stride.times(sizes.get(axis));
                ownStride = ownStride.times(own.get(axis));
            }
            Expr start = code.let("to", at);
            Expr ownStart = code.let("from", from);
            Expr lineStep = step;
            Expr ownLineStep = ownStep;
            code.loop("j", own.get(s.axis()), j -> {
                Expr source = code.let("source", ownStart.plus(j.times(ownLineStep)));
                Expr k = index(code, indices.at(source), count);
                Expr target = code.let("target", start.plus(k.times(lineStep)));
                code.when(count.isAtLeast(1), () -> {
                    if (moves) {
                        code.store(y, target, x.at(source));
                        return;
                    }
                    Expr before = code.let("before", scalars.load(element, y, target));
                    Expr update = code.let("update", scalars.load(element, x, source));
                    Expr joined = scalars.binary(function(s.reduction()), element, before, update)
                            .orElseThrow();
                    code.store(y, target, scalars.stored(element, joined));
                });
            });
        });
        return code.launch(program, "scatter", shape.without(s.axis()).elements(), 64);
    }

    private static BinaryFunction function(ScatterReduction r) {
        return switch (r) {
            case ADD -> BinaryFunction.ADD;
            case MUL -> BinaryFunction.MULTIPLY;
            case MIN -> BinaryFunction.MIN;
            case MAX -> BinaryFunction.MAX;
            case NONE -> throw new IllegalStateException("nothing is joined");
        };
    }
}
