package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.write.Attributes;
import dev.lathe.frontend.onnx.write.Exports;
import dev.lathe.frontend.onnx.write.OpWriter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.eval.ReductionEvaluation;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.Collections;
import java.util.List;

/** Reductions, pools and orderings in ONNX. */
public final class ReductionExports {
    private ReductionExports() {}

    public static void addTo(Exports t) {
        t.on(Reduce.class, ReductionExports::reduce);
        t.on(
                ArgReduce.class,
                (op, g) -> g.result(
                        op.function() == ArgFunction.ARG_MAX ? "ArgMax" : "ArgMin",
                        List.of(g.name(op.x())),
                        Attributes.i("axis", op.axis()),
                        Attributes.flag("keepdims", op.keepDims()),
                        Attributes.flag("select_last_index", op.selectLast())));
        t.on(Cumulative.class, ReductionExports::cumulative);
        t.on(
                TopK.class,
                (op, g) -> g.result(
                        "TopK",
                        List.of(g.name(op.x()), g.dims(List.of(op.k()))),
                        Attributes.i("axis", op.axis()),
                        Attributes.flag("largest", op.largest()),
                        Attributes.flag("sorted", op.sorted())));
        t.on(Pool.class, ReductionExports::pool);
        t.on(PoolIndices.class, ReductionExports::poolIndices);
    }

    /** The wide type by way of which a small integer is summed; the type itself if it needs none. */
    private static ElementType accumulator(ElementType element) {
        return element.isInteger() && element.bits() < 32
                ? element.isUnsigned() ? ElementType.U32 : ElementType.I32
                : element.isBool() ? ElementType.U8 : element;
    }

    private static String cast(OpWriter g, String x, ElementType from, ElementType to) {
        return from == to ? x : g.add("Cast", List.of(x), Attributes.i("to", ElementTypes.number(to)));
    }

    private static List<String> back(
            OpWriter g, String type, List<String> in, ElementType from, ElementType to, AttributeProto... attributes) {
        return from == to
                ? g.result(type, in, attributes)
                : g.result("Cast", List.of(g.add(type, in, attributes)), Attributes.i("to", ElementTypes.number(to)));
    }

    private static List<String> reduce(Reduce op, OpWriter g) {
        String type = switch (op.function()) {
            case REDUCE_SUM -> "ReduceSum";
            case REDUCE_MEAN -> "ReduceMean";
            case REDUCE_PROD -> "ReduceProd";
            case REDUCE_MIN -> "ReduceMin";
            case REDUCE_MAX -> "ReduceMax";
        };
        ElementType element = op.x().tensorType().element();
        boolean extremum = type.equals("ReduceMin") || type.equals("ReduceMax");
        ElementType wide = extremum && element.bits() == 8 && !element.isBool() ? element : accumulator(element);
        String x = cast(g, g.name(op.x()), element, wide);
        if (extremum && wide != element && element.isInteger()) {
            return extremum(op, g, type, x, wide);
        }
        // Without axes nothing is reduced, which ONNX has to be told.
        return back(
                g,
                type,
                List.of(x, g.ints(op.axes())),
                wide,
                element,
                Attributes.flag("keepdims", op.keepDims()),
                Attributes.flag("noop_with_empty_axes", op.axes().isEmpty()));
    }

    /** The largest or smallest of nothing is the end of the range, of which a wider type has another. */
    private static List<String> extremum(Reduce op, OpWriter g, String type, String x, ElementType wide) {
        ElementType element = op.x().tensorType().element();
        boolean least = type.equals("ReduceMin");
        long greatest = (1L << element.bits() - (element.isSigned() ? 1 : 0)) - 1;
        long end = least ? greatest : element.isSigned() ? -greatest - 1 : 0;
        String found = g.add(
                type,
                List.of(x, g.ints(op.axes())),
                Attributes.flag("keepdims", op.keepDims()),
                Attributes.flag("noop_with_empty_axes", op.axes().isEmpty()));
        return back(g, least ? "Min" : "Max", List.of(found, g.constant(Tensor.scalar(wide, end), "")), wide, element);
    }

    private static List<String> cumulative(Cumulative op, OpWriter g) {
        boolean sum = op.function() == CumulativeFunction.CUM_SUM;
        if (!sum) {
            g.needs(26);
        }
        ElementType element = op.x().tensorType().element();
        ElementType wide = accumulator(element);
        return back(
                g,
                sum ? "CumSum" : "CumProd",
                List.of(cast(g, g.name(op.x()), element, wide), g.constant(Tensor.scalar((long) op.axis()), "")),
                wide,
                element,
                Attributes.flag("exclusive", op.exclusive()),
                Attributes.flag("reverse", op.reverse()));
    }

    private static AttributeProto[] windows(
            List<Long> kernel,
            List<Long> strides,
            List<Dim> pads,
            List<Long> dilations,
            boolean ceil,
            AttributeProto last) {
        return new AttributeProto[] {
            Attributes.ints("kernel_shape", kernel),
            Attributes.ints("strides", strides),
            Attributes.ints("pads", ContractionExports.constants(pads)),
            Attributes.ints("dilations", dilations),
            Attributes.flag("ceil_mode", ceil),
            last
        };
    }

    private static List<String> pool(Pool op, OpWriter g) {
        ElementType element = op.x().tensorType().element();
        ElementType wide = poolAccumulator(op.function(), element);
        return ContractionExports.window(op.x(), op.layout(), g, x -> {
            String operand = cast(g, x, element, wide);
            ContractionExports.Written pool = op.pads().stream().allMatch(Dim::isConstant)
                    ? pool(op, g, operand)
                    : paddedPool(op, g, operand, wide);
            if (wide == element) {
                return pool;
            }
            String result = g.add(pool.type(), pool.inputs(), pool.attributes());
            // By way of i64, so that sums wrap around.
            return new ContractionExports.Written(
                    "Cast",
                    List.of(element.isFloat() ? result : cast(g, result, wide, ElementType.I64)),
                    Attributes.i("to", ElementTypes.number(element)));
        });
    }

    /**
     * The type by way of which windows are pooled: ONNX has means of the wider floats only, and what it needs for a
     * sum overflows where the sum does not.
     */
    private static ElementType poolAccumulator(PoolFunction function, ElementType element) {
        if (function == PoolFunction.MAX_POOL) {
            return element;
        }
        if (!element.isFloat()) {
            return ElementType.F64;
        }
        return element.bits() < (function == PoolFunction.SUM_POOL ? 32 : 16) ? ElementType.F32 : element;
    }

    private static ContractionExports.Written pool(Pool op, OpWriter g, String x) {
        return switch (op.function()) {
            case MAX_POOL -> new ContractionExports.Written("MaxPool", List.of(x), windows(op, "storage_order", 0));
            case AVERAGE_POOL ->
                new ContractionExports.Written("AveragePool", List.of(x), windows(op, "count_include_pad", 0));
            case AVERAGE_POOL_PADDED ->
                new ContractionExports.Written("AveragePool", List.of(x), windows(op, "count_include_pad", 1));
            case SUM_POOL -> {
                // Sums are those of magnitudes, which LpPool has, of the positive elements less those of the negative.
                String positive = g.add("LpPool", List.of(g.add("Relu", List.of(x))), windows(op, "p", 1));
                String negative =
                        g.add("LpPool", List.of(g.add("Relu", List.of(g.add("Neg", List.of(x))))), windows(op, "p", 1));
                yield new ContractionExports.Written("Sub", List.of(positive, negative));
            }
        };
    }

    private static AttributeProto[] windows(Pool op, String name, long value) {
        return windows(op.kernel(), op.strides(), op.pads(), op.dilations(), op.ceilMode(), Attributes.i(name, value));
    }

    /**
     * Pads that depend on the inputs are put around the operand; a mean without them is one of the elements over one
     * of ones.
     */
    private static ContractionExports.Written paddedPool(Pool op, OpWriter g, String x, ElementType element) {
        Pool bare = new Pool(
                op.function() == PoolFunction.AVERAGE_POOL ? PoolFunction.AVERAGE_POOL_PADDED : op.function(),
                op.x(),
                op.kernel(),
                op.window().withPads(Collections.nCopies(op.pads().size(), Dim.ZERO)),
                op.ceilMode(),
                op.layout());
        Tensor around = op.function() == PoolFunction.MAX_POOL
                ? ReductionEvaluation.leastScalar(element)
                : Tensor.zeros(element);
        ContractionExports.Written sums = pool(bare, g, ContractionExports.padded(g, x, op.pads(), around));
        if (op.function() != PoolFunction.AVERAGE_POOL) {
            return sums;
        }
        String ones = g.add("Expand", List.of(g.constant(Tensor.scalar(element, 1), ""), g.add("Shape", List.of(x))));
        ContractionExports.Written counts = pool(bare, g, ContractionExports.padded(g, ones, op.pads(), around));
        return new ContractionExports.Written(
                "Div",
                List.of(
                        g.add(sums.type(), sums.inputs(), sums.attributes()),
                        g.add(counts.type(), counts.inputs(), counts.attributes())));
    }

    private static List<String> poolIndices(PoolIndices op, OpWriter g) {
        if (op.layout() != ChannelLayout.CHANNELS_FIRST) {
            throw OpWriter.failure("pool indices with channels last have no ONNX operator", "export before lowering");
        }
        g.emit(
                "MaxPool",
                List.of(g.name(op.x())),
                List.of(g.fresh(), g.wanted().getFirst()),
                windows(
                        op.kernel(),
                        op.strides(),
                        op.pads(),
                        op.dilations(),
                        op.ceilMode(),
                        Attributes.flag("storage_order", op.columnMajor())));
        return g.wanted();
    }
}
