package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/** Reductions, running sums, normalizations and pools: an item is a row, or an element of the result. */
final class RowKernels {
    private static final int LANES = 32;
    private static final long GRAIN = 1 << 14;
    private static final Expr NONE = Expr.of(0);

    private final Program program;

    RowKernels(Program program) {
        this.program = program;
    }

    private static long grain(Dim length) {
        return length.isConstant() ? Math.max(1, GRAIN / Math.max(1, length.constant())) : GRAIN / 256;
    }

    // Rows of floats.

    /** All of a row as one number: {@code LANES} partial results, then those together, then the rest of the row. */
    static Expr all(Code code, Expr length, Expr start, UnaryOperator<Expr> element, BinaryOperator<Expr> both) {
        Array parts = code.local("parts", Dtype.F32, LANES);
        Array total = code.local("total", Dtype.F32, 1);
        code.vectorized("lane", LANES, l -> code.store(parts, l, start));
        Expr blocks = code.let("blocks", length.over(LANES));
        code.loop("block", blocks, b -> {
            Expr first = code.let("first_of", b.times(LANES));
            code.vectorized(
                    "lane", LANES, l -> code.store(parts, l, both.apply(parts.at(l), element.apply(first.plus(l)))));
        });
        for (int half = LANES / 2; half > 1; half /= 2) {
            int other = half;
            code.vectorized("lane", half, l -> code.store(parts, l, both.apply(parts.at(l), parts.at(l.plus(other)))));
        }
        code.store(total, NONE, both.apply(parts.at(NONE), parts.at(Expr.of(1))));
        Expr done = code.let("done", blocks.times(LANES));
        code.loop(
                "k",
                length.minus(done),
                k -> code.store(total, NONE, both.apply(total.at(NONE), element.apply(done.plus(k)))));
        return code.let("all", total.at(NONE));
    }

    Launch softmax(Step.SoftmaxRows s) {
        Code code = new Code();
        Array x = code.elements("x", Dtype.F32, s.x());
        Array y = code.elements("y", Dtype.F32, s.to());
        Expr length = code.size("length", s.length());
        code.each("row", row -> {
            Expr from = code.let("from", row.times(length));
            Expr largest = all(
                    code,
                    length,
                    Scalars.real(Dtype.F32, Double.NEGATIVE_INFINITY),
                    k -> x.at(from.plus(k)),
                    RowKernels::larger);
            code.loop("k", length, k -> {
                Expr e = Scalars.in(code).exp(x.at(from.plus(k)).minus(largest));
                code.store(y, from.plus(k), e);
            });
            Expr sum = all(code, length, Expr.of(Dtype.F32, 0), k -> y.at(from.plus(k)), Expr::plus);
            Expr factor = code.let("factor", Expr.of(Dtype.F32, 1).over(sum));
            code.loop(
                    "k",
                    length,
                    k -> code.store(y, from.plus(k), y.at(from.plus(k)).times(factor)));
        });
        return code.launch(program, "softmax", s.rows(), grain(s.length()));
    }

    /** The larger of two numbers, NaN if one is. */
    static Expr larger(Expr a, Expr b) {
        return new Expr.Binary(Expr.Op.GT, a, b)
                .or(Scalars.isNan(a))
                .and(Scalars.isNan(b).not())
                .select(a, b);
    }

    Launch layerNorm(Step.LayerNormRows s) {
        Code code = new Code();
        Array x = code.elements("x", Dtype.F32, s.x());
        Array y = code.elements("y", Dtype.F32, s.to());
        List<Array> scale = s.scale().stream()
                .map(v -> code.elements("scale", Dtype.F32, v))
                .toList();
        List<Array> bias =
                s.bias().stream().map(v -> code.elements("bias", Dtype.F32, v)).toList();
        Expr length = code.size("length", s.length());
        code.each("row", row -> {
            Expr from = code.let("from", row.times(length));
            Expr many = code.let("many", length.cast(Dtype.F32));
            Expr zero = Expr.of(Dtype.F32, 0);
            Expr mean = code.let(
                    "mean",
                    all(code, length, zero, k -> x.at(from.plus(k)), Expr::plus).over(many));
            Expr squares = all(
                    code,
                    length,
                    zero,
                    k -> x.at(from.plus(k)).minus(mean).times(x.at(from.plus(k)).minus(mean)),
                    Expr::plus);
            Expr variance = squares.over(many).plus(new Expr.Real(Dtype.F32, (float) s.epsilon()));
            Expr factor = code.let("factor", Expr.of(Dtype.F32, 1).over(variance.call("tir.sqrt")));
            code.loop("k", length, k -> {
                Expr d = x.at(from.plus(k)).minus(mean).times(factor);
                d = scale.isEmpty() ? d : d.times(scale.getFirst().at(k));
                code.store(
                        y,
                        from.plus(k),
                        bias.isEmpty() ? d : d.plus(bias.getFirst().at(k)));
            });
        });
        return code.launch(program, "layer_norm", s.rows(), grain(s.length()));
    }

    // Reductions.

    List<Launch> reduce(Step.ReduceRows s) {
        List<Launch> launches = new ArrayList<>();
        for (int i = 0; i < s.functions().size(); i++) {
            boolean rows = s.inner().isConstant(1) && s.x().type().element() == ElementType.F32;
            launches.add(rows ? rows(s, i) : columns(s, i));
        }
        return launches;
    }

    /** The type in which a reduction is computed. */
    private static ElementType computed(ReduceFunction f, ElementType type) {
        return switch (f) {
            case REDUCE_SUM, REDUCE_MEAN, REDUCE_PROD ->
                type == ElementType.F64 ? type : type.isFloat() ? ElementType.F32 : ElementType.I64;
            case REDUCE_MIN, REDUCE_MAX -> type == ElementType.F16 || type == ElementType.BF16 ? ElementType.F32 : type;
        };
    }

    private static Expr start(ReduceFunction f, ElementType type) {
        return switch (f) {
            case REDUCE_SUM, REDUCE_MEAN -> Expr.of(Dtype.computed(type), 0);
            case REDUCE_MIN -> Scalars.largest(type);
            case REDUCE_MAX -> Scalars.least(type);
            case REDUCE_PROD -> Expr.of(Dtype.computed(type), 1);
        };
    }

    private static Expr both(ReduceFunction f, ElementType type, Expr a, Expr b) {
        return switch (f) {
            case REDUCE_SUM, REDUCE_MEAN -> a.plus(b);
            case REDUCE_PROD -> a.times(b);
            case REDUCE_MIN -> chosen(type, Scalars.ordered(a).isBelow(Scalars.ordered(b)), a, b);
            case REDUCE_MAX -> chosen(type, Scalars.ordered(b).isBelow(Scalars.ordered(a)), a, b);
        };
    }

    private static Expr chosen(ElementType type, Expr first, Expr a, Expr b) {
        return type.isFloat()
                ? first.or(Scalars.isNan(a)).and(Scalars.isNan(b).not()).select(a, b)
                : first.select(a, b);
    }

    private static Expr result(ReduceFunction f, ElementType type, Expr all, Expr length) {
        if (f != ReduceFunction.REDUCE_MEAN) {
            return all;
        }
        return type.isFloat()
                ? all.over(length.cast(Dtype.computed(type)))
                : length.equalTo(0).select(all, all.over(length.max(Expr.of(1))));
    }

    private Launch rows(Step.ReduceRows s, int number) {
        ReduceFunction f = s.functions().get(number);
        ElementType type = ElementType.F32;
        Code code = new Code();
        Array x = code.elements("x", Dtype.F32, s.x());
        Array y = code.elements("y", Dtype.F32, s.to().get(number));
        Expr length = code.size("length", s.length());
        code.each("row", row -> {
            Expr from = code.let("from", row.times(length));
            Expr all = all(code, length, start(f, type), k -> x.at(from.plus(k)), (a, b) -> both(f, type, a, b));
            code.store(y, row, result(f, type, all, length));
        });
        return code.launch(program, f.mnemonic() + "_rows", s.outer(), grain(s.length()));
    }

    private Launch columns(Step.ReduceRows s, int number) {
        ReduceFunction f = s.functions().get(number);
        ElementType type = s.x().type().element();
        ElementType computed = computed(f, type);
        Code code = new Code();
        Array x = code.elements("x", Dtype.stored(type).orElseThrow(), s.x());
        Array y = code.elements("y", Dtype.stored(type).orElseThrow(), s.to().get(number));
        Expr length = code.size("length", s.length());
        Expr inner = code.size("inner", s.inner());
        Scalars scalars = Scalars.in(code);
        Dtype sumType = computed.isBool() ? Dtype.U8 : Dtype.computed(computed);
        code.each("i", i -> {
            Expr from =
                    code.let("from", i.over(inner).times(length).times(inner).plus(i.mod(inner)));
            Array all = code.local("all", sumType, 1);
            code.store(all, NONE, start(f, computed).cast(sumType));
            code.loop("k", length, k -> {
                Expr next = code.let(
                        "next", scalars.load(type, x, from.plus(k.times(inner))).cast(Dtype.computed(computed)));
                Expr before = all.at(NONE).cast(Dtype.computed(computed));
                code.store(all, NONE, both(f, computed, before, next).cast(sumType));
            });
            Expr value = result(f, computed, code.let("value", all.at(NONE).cast(Dtype.computed(computed))), length);
            code.store(y, i, scalars.stored(type, narrowed(type, value)));
        });
        return code.launch(
                program, f.mnemonic() + "_columns_" + type.text(), s.outer().times(s.inner()), grain(s.length()));
    }

    /** A sum of 64 bits as a number of its element. */
    private static Expr narrowed(ElementType type, Expr value) {
        return type.isFloat() || type.isBool() ? value : value.cast(Dtype.computed(type));
    }

    Launch arg(Step.ArgRows s) {
        ElementType type = s.x().type().element();
        boolean max = s.function() == ArgFunction.ARG_MAX;
        Code code = new Code();
        Array x = code.elements("x", Dtype.stored(type).orElseThrow(), s.x());
        Array y = code.elements("y", Dtype.I64, s.to());
        Expr length = code.size("length", s.length());
        Expr inner = code.size("inner", s.inner());
        Scalars scalars = Scalars.in(code);
        Dtype bestType =
                Scalars.ordered(new Expr.Var("x", Dtype.computed(type))).type();
        code.each("i", i -> {
            Expr from =
                    code.let("from", i.over(inner).times(length).times(inner).plus(i.mod(inner)));
            Array place = code.local("place", Dtype.I64, 1);
            Array best = code.local("best", bestType, 1);
            code.store(place, NONE, NONE);
            code.when(length.isAtLeast(1), () -> code.store(best, NONE, Scalars.ordered(scalars.load(type, x, from))));
            code.loop("k", length, k -> {
                Expr next = code.let("next", Scalars.ordered(scalars.load(type, x, from.plus(k.times(inner)))));
                Expr old = code.let("old", best.at(NONE));
                Expr more = new Expr.Binary(max ? Expr.Op.GT : Expr.Op.LT, next, old);
                Expr equal = next.equalTo(old);
                if (bestType.isFloat()) {
                    // NaN is greater than all numbers.
                    Expr nan = code.let("nan", Scalars.isNan(next));
                    Expr oldNan = code.let("old_nan", Scalars.isNan(old));
                    more = max
                            ? nan.and(oldNan.not()).or(more.and(nan.or(oldNan).not()))
                            : nan.not().and(oldNan).or(more.and(nan.or(oldNan).not()));
                    equal = nan.and(oldNan).or(equal.and(nan.or(oldNan).not()));
                }
                Expr better = s.selectLast() ? more.or(equal) : more;
                code.when(k.isAtLeast(1).and(better), () -> {
                    code.store(place, NONE, k);
                    code.store(best, NONE, next);
                });
            });
            code.store(y, i, place.at(NONE));
        });
        return code.launch(
                program, s.function().mnemonic() + "_" + type.text(), s.outer().times(s.inner()), grain(s.length()));
    }

    Launch cumulate(Step.CumulateRows s) {
        ElementType type = s.x().type().element();
        boolean sum = s.function() == CumulativeFunction.CUM_SUM;
        // Sums of 16-bit floats are rounded where they are stored.
        ElementType computed = type == ElementType.F16 || type == ElementType.BF16 ? ElementType.F32 : type;
        Code code = new Code();
        Array x = code.elements("x", Dtype.stored(type).orElseThrow(), s.x());
        Array y = code.elements("y", Dtype.stored(type).orElseThrow(), s.to());
        Expr length = code.size("length", s.length());
        Expr inner = code.size("inner", s.inner());
        Scalars scalars = Scalars.in(code);
        Dtype sumType = Dtype.computed(computed);
        code.each("i", i -> {
            Expr from =
                    code.let("from", i.over(inner).times(length).times(inner).plus(i.mod(inner)));
            Array all = code.local("all", sumType, 1);
            code.store(all, NONE, Expr.of(sumType, sum ? 0 : 1));
            code.loop("j", length, j -> {
                Expr turn = s.reverse() ? length.minus(1).minus(j) : j;
                Expr at = code.let("at", from.plus(turn.times(inner)));
                Expr next = code.let("next", scalars.load(type, x, at));
                Expr before = code.let("before", all.at(NONE));
                Expr after = code.let(
                        "after",
                        scalars.binary(sum ? BinaryFunction.ADD : BinaryFunction.MULTIPLY, computed, before, next)
                                .orElseThrow());
                code.store(all, NONE, after);
                code.store(y, at, scalars.stored(type, s.exclusive() ? before : after));
            });
        });
        return code.launch(
                program, s.function().mnemonic() + "_" + type.text(), s.outer().times(s.inner()), grain(s.length()));
    }

    // Numbers that are made.

    Launch sequence(Step.Sequence s) {
        ElementType type = s.to().type().element();
        Dtype stored = Dtype.stored(type).orElseThrow();
        Code code = new Code();
        Array start = code.elements("start", stored, s.start());
        Array delta = code.elements("delta", stored, s.delta());
        Array y = code.elements("y", stored, s.to());
        Scalars scalars = Scalars.in(code);
        code.each("i", i -> {
            Expr from = code.let("from", scalars.load(type, start, NONE));
            Expr step = code.let("step", scalars.load(type, delta, NONE));
            Expr number = i.cast(Dtype.computed(type));
            ElementType computed = type == ElementType.F16 || type == ElementType.BF16 ? ElementType.F32 : type;
            Expr value = type.isFloat()
                    ? from.plus(number.times(step))
                    : scalars.binary(
                                    BinaryFunction.ADD,
                                    computed,
                                    from,
                                    scalars.binary(BinaryFunction.MULTIPLY, computed, number, step)
                                            .orElseThrow())
                            .orElseThrow();
            code.store(y, i, scalars.stored(type, value));
        });
        return code.launch(program, "range_" + type.text(), s.to().shape().elements(), GRAIN);
    }

    /** Sizes as elements. */
    Launch sizes(Step.StoreDims s) {
        Code code = new Code();
        Array y = code.elements("y", Dtype.I64, s.to());
        List<Expr> values = s.values().stream().map(d -> code.parameter("d", d)).toList();
        code.each("i", _ -> {
            for (int k = 0; k < values.size(); k++) {
                code.store(y, Expr.of(k), values.get(k));
            }
        });
        return code.launch(program, "sizes", Dim.ONE, 1);
    }

    // Pools.

    /** An item is a pixel of the result, over whose channels each pixel of the window is joined. */
    Launch pool(Step.Pooling s) {
        Window2d w = s.window();
        Shape in = s.x().shape();
        Shape out = s.to().shape();
        ElementType type = s.x().type().element();
        Dtype stored = Dtype.stored(type).orElseThrow();
        boolean max = s.function() == PoolFunction.MAX_POOL;
        Code code = new Code();
        Array x = code.elements("x", stored, s.x());
        Array y = code.elements("y", stored, s.to());
        Expr height = code.size("height", in.dim(1));
        Expr width = code.size("width", in.dim(2));
        Expr channels = code.size("channels", in.dim(3));
        Expr outHeight = code.size("out_height", out.dim(1));
        Expr outWidth = code.size("out_width", out.dim(2));
        Expr padTop = code.size("pad_top", w.pad(0));
        Expr padLeft = code.size("pad_left", w.pad(1));
        Expr padBottom = code.size("pad_bottom", w.padAfter(0));
        Expr padRight = code.size("pad_right", w.padAfter(1));
        Scalars scalars = Scalars.in(code);
        Dtype number = Dtype.computed(type);
        code.each("pixel", pixel -> {
            Expr left =
                    code.let("left", pixel.mod(outWidth).times(w.strideWidth()).minus(padLeft));
            Expr line = code.let("line", pixel.over(outWidth));
            Expr top =
                    code.let("top", line.mod(outHeight).times(w.strideHeight()).minus(padTop));
            Expr image = code.let("image", line.over(outHeight).times(height));
            Expr to = code.let("to", pixel.times(channels));
            Array inside = code.local("inside", Dtype.I64, 2);
            Expr one = Expr.of(1);
            code.store(inside, NONE, NONE);
            code.store(inside, one, NONE);
            code.loop(
                    "c",
                    channels,
                    c -> code.store(y, to.plus(c), (max ? Scalars.least(type) : Expr.of(number, 0)).cast(stored)));
            code.loop("h", Expr.of(w.kernelHeight()), h -> {
                Expr at = code.let("at", top.plus(h.times(w.dilationHeight())));
                code.loop("v", Expr.of(w.kernelWidth()), v -> {
                    Expr place = code.let("place", left.plus(v.times(w.dilationWidth())));
                    if (!max) {
                        code.when(
                                at.isBelow(height.plus(padBottom)).and(place.isBelow(width.plus(padRight))),
                                () -> code.store(inside, one, inside.at(one).plus(1)));
                    }
                    Expr isInside = at.isAtLeast(0)
                            .and(at.isBelow(height))
                            .and(place.isAtLeast(0))
                            .and(place.isBelow(width));
                    code.when(isInside, () -> {
                        Expr from = code.let(
                                "from", image.plus(at).times(width).plus(place).times(channels));
                        code.loop("c", channels, c -> {
                            Expr next = code.let("next", scalars.load(type, x, from.plus(c)));
                            Expr before = code.let("before", scalars.load(type, y, to.plus(c)));
                            Expr both = !max
                                    ? before.plus(next)
                                    : type.isFloat()
                                            ? larger(next, before)
                                            : new Expr.Binary(Expr.Op.GT, next, before).select(next, before);
                            code.store(y, to.plus(c), both.cast(stored));
                        });
                        code.store(inside, NONE, inside.at(NONE).plus(1));
                    });
                });
            });
            if (!max && s.function() != PoolFunction.SUM_POOL) {
                boolean padded = s.function() == PoolFunction.AVERAGE_POOL_PADDED;
                Expr many = code.let("many", inside.at(padded ? one : NONE).cast(number));
                code.loop(
                        "c",
                        channels,
                        c -> code.store(y, to.plus(c), y.at(to.plus(c)).over(many)));
            }
        });
        Dim pixels = out.slice(0, 3).elements();
        return code.launch(
                program, s.function().mnemonic(), pixels, grain(in.dim(3).times(Dim.of(w.taps()))));
    }
}
