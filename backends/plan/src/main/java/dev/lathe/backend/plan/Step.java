package dev.lathe.backend.plan;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Something to do. Views of the operands are contiguous unless a step says otherwise; an {@code epilogue} runs on the
 * blocks of a result while they are in the cache, and a {@code bias} has one element for each column of it.
 */
public sealed interface Step {

    /** The views that it reads, apart from those of the instructions inside of it. */
    List<View> reads();

    /** The views that it writes, apart from those of the instructions inside of it. */
    List<View> writes();

    /** Whether it takes time that is worth a look; other steps set sizes, look at them, or name values. */
    default boolean isWork() {
        return true;
    }

    /** What a plan's text calls it, such as {@code matrix_product}. */
    default String word() {
        return PlanText.words(getClass().getSimpleName());
    }

    /** The lists of instructions inside of it, in order. */
    default List<List<Instruction>> bodies() {
        return List.of();
    }

    /** What makes one value. */
    sealed interface Making extends Step {
        View to();

        @Override
        default List<View> writes() {
            return List.of(to());
        }
    }

    // Movement.

    /** Copies elements between views of one shape and any strides. Either may be a slot. */
    record Copy(View from, View to) implements Making {
        @Override
        public List<View> reads() {
            return List.of(from);
        }
    }

    /** Copies the elements that the tables name, one for each axis; the scalar {@code fill} where they name none. */
    record TableCopy(View from, List<AxisTable> tables, Tensor fill, View to) implements Making {
        @Override
        public List<View> reads() {
            return List.of(from);
        }
    }

    /**
     * Resizes with interpolation, one axis after the other.
     *
     * @param op which has the attributes
     * @param scales the exact factors, if they are not the ratios of the sizes
     * @param roi the region, if there is one
     */
    record Resample(Resize op, Optional<Tensor> scales, Optional<Tensor> roi, View x, View to) implements Making {
        @Override
        public List<View> reads() {
            return List.of(x);
        }
    }

    /** Copies the slices along {@code axis} that {@code indices} names; a negative one counts from the end. */
    record GatherSlices(View from, View indices, int axis, View to) implements Making {
        @Override
        public List<View> reads() {
            return List.of(from, indices);
        }
    }

    /**
     * Copies the element at each position of {@code indices}, whose coordinate along {@code axis} is the index there; a
     * negative one counts from the end.
     */
    record GatherElements(View from, View indices, int axis, View to) implements Making {
        @Override
        public List<View> reads() {
            return List.of(from, indices);
        }
    }

    /**
     * Joins each element of {@code updates} with the element of {@code to} that {@link GatherElements} would read, in
     * order; {@code to} has its elements before.
     */
    record ScatterElements(View indices, View updates, int axis, ScatterReduction reduction, View to)
            implements Making {
        @Override
        public List<View> reads() {
            return List.of(indices, updates, to);
        }
    }

    /** Stores {@code start + i * delta} as element {@code i}; both are one element. */
    record Sequence(View start, View delta, View to) implements Making {
        @Override
        public List<View> reads() {
            return List.of(start, delta);
        }
    }

    /** Stores sizes as integers of 64 bits. */
    record StoreDims(List<Dim> values, View to) implements Making {
        @Override
        public List<View> reads() {
            return List.of();
        }
    }

    // Elementwise.

    /**
     * Runs an elementwise kernel over {@code rows} of {@code columns} if all {@code conditions} hold, and
     * {@code otherwise} if not.
     */
    record Pointwise(
            ElementwiseKernel kernel,
            Dim rows,
            Dim columns,
            List<Condition.Equal> conditions,
            List<Instruction> otherwise,
            View to)
            implements Making {
        @Override
        public List<View> reads() {
            return kernel.views();
        }

        @Override
        public List<List<Instruction>> bodies() {
            return List.of(otherwise);
        }
    }

    // Products.

    /**
     * Matrix products of computed operands, for each of a batch, whose dimensions broadcast; those of doubles and
     * integers have no epilogue.
     */
    record BatchedProduct(View x, View y, @Nullable ElementwiseKernel epilogue, View to) implements Making {
        @Override
        public List<View> reads() {
            return with(epilogue, x, y);
        }
    }

    /**
     * Matrix products for each of a batch, whose dimensions broadcast, with matrices {@code [batch…, depth, columns]}
     * that are known at load.
     */
    record BatchedMatrices(
            View x, Weight matrices, @Nullable ElementwiseKernel epilogue, View to) implements Making {
        @Override
        public List<View> reads() {
            return with(epilogue, x);
        }
    }

    /**
     * Rows times a matrix that is known at load.
     *
     * @param bytes how bytes hold the rows, if both operands are integers, and the target asks
     */
    record MatrixProduct(
            View x,
            Dim rows,
            Matrix matrix,
            Optional<ByteOperand> bytes,
            @Nullable ElementwiseKernel epilogue,
            View to) implements Making {
        /**
         * {@code [depth, columns]}.
         *
         * @param transposed whether it is stored as filters, {@code [columns, depth, 1…]}
         */
        public record Matrix(Weight weight, boolean transposed, Optional<Weight> bias) {
            public long depth() {
                return weight.dim(transposed ? 1 : 0);
            }

            public long columns() {
                return weight.dim(transposed ? 0 : 1);
            }
        }

        @Override
        public List<View> reads() {
            return with(epilogue, x);
        }
    }

    /**
     * A convolution of images {@code [N, H, W, C]} with filters that are known at load.
     *
     * @param bytes how bytes hold the images, if both operands are integers, and the target asks
     * @param expansion the product that makes the images, if some rows of both are computed in turns; nothing else
     *     reads them, and what the step leaves in their place is undefined
     */
    record Convolution(
            Form form,
            Window2d window,
            View x,
            Weight filters,
            long groups,
            Optional<Weight> bias,
            Optional<ByteOperand> bytes,
            @Nullable ElementwiseKernel epilogue,
            View to,
            Optional<MatrixProduct> expansion)
            implements Making {
        Convolution(
                Form form,
                Window2d window,
                View x,
                Weight filters,
                long groups,
                Optional<Weight> bias,
                Optional<ByteOperand> bytes,
                @Nullable ElementwiseKernel epilogue,
                View to) {
            this(form, window, x, filters, groups, bias, bytes, epilogue, to, Optional.empty());
        }

        Convolution after(MatrixProduct product) {
            return new Convolution(form, window, x, filters, groups, bias, bytes, epilogue, to, Optional.of(product));
        }

        /** What kind of convolution. */
        public enum Form {
            GROUPED,
            /** Each channel has a filter of its own. */
            DEPTHWISE,
            /**
             * Of one group, with 3 × 3 windows side by side: in fewer multiplications, by Winograd's algorithm, where
             * that costs less. Sums are regrouped.
             */
            WINOGRAD,
            /** The window slides over the result and stands at the pixels of the operand. */
            TRANSPOSED
        }

        @Override
        public List<View> reads() {
            return expansion
                    .map(product -> {
                        List<View> all = new ArrayList<>(product.reads());
                        all.addAll(with(epilogue));
                        return all;
                    })
                    .orElseGet(() -> with(epilogue, x));
        }

        @Override
        public List<View> writes() {
            return expansion.isPresent() ? List.of(x, to) : List.of(to);
        }
    }

    /** A convolution of images {@code [N, H, W, C]} with computed filters, {@code [O, C / groups, H, W]}. */
    record ComputedConvolution(
            Window2d window,
            View x,
            View filters,
            long groups,
            @Nullable ElementwiseKernel epilogue,
            View to) implements Making {
        @Override
        public List<View> reads() {
            return with(epilogue, x, filters);
        }
    }

    // Rows.

    /** What a window over images {@code [N, H, W, C]} holds, as one number. */
    record Pooling(PoolFunction function, Window2d window, View x, View to) implements Making {
        @Override
        public List<View> reads() {
            return List.of(x);
        }
    }

    /** Reduces the middle axis of {@code [outer, length, inner]} by each of the functions, to a result for each. */
    record ReduceRows(List<ReduceFunction> functions, View x, Dim outer, Dim length, Dim inner, List<View> to)
            implements Step {
        @Override
        public List<View> reads() {
            return List.of(x);
        }

        @Override
        public List<View> writes() {
            return to;
        }

        /** Both as one, which reads the rows once; null if these are not the same rows. */
        @Nullable
        ReduceRows with(ReduceRows other) {
            boolean same = x.equals(other.x)
                    && outer.equals(other.outer)
                    && length.equals(other.length)
                    && inner.equals(other.inner);
            if (!same) {
                return null;
            }
            List<ReduceFunction> both = new ArrayList<>(functions);
            both.addAll(other.functions);
            List<View> results = new ArrayList<>(to);
            results.addAll(other.to);
            return new ReduceRows(List.copyOf(both), x, outer, length, inner, List.copyOf(results));
        }
    }

    /** Index of the extreme along the middle axis of {@code [outer, length, inner]}; the first or last of equals. */
    record ArgRows(ArgFunction function, boolean selectLast, View x, Dim outer, Dim length, Dim inner, View to)
            implements Making {
        @Override
        public List<View> reads() {
            return List.of(x);
        }
    }

    /** The running sums or products along the middle axis of {@code [outer, length, inner]}. */
    record CumulateRows(
            CumulativeFunction function,
            boolean exclusive,
            boolean reverse,
            View x,
            Dim outer,
            Dim length,
            Dim inner,
            View to)
            implements Making {
        @Override
        public List<View> reads() {
            return List.of(x);
        }
    }

    record SoftmaxRows(View x, Dim rows, Dim length, View to) implements Making {
        @Override
        public List<View> reads() {
            return List.of(x);
        }
    }

    record LayerNormRows(
            View x, Optional<View> scale, Optional<View> bias, double epsilon, Dim rows, Dim length, View to)
            implements Making {
        @Override
        public List<View> reads() {
            return Stream.of(Optional.of(x), scale, bias)
                    .flatMap(Optional::stream)
                    .toList();
        }
    }

    /**
     * Fourier transforms of the lines along the second axis of {@code [outer, length, inner, parts]}, each to the first
     * {@code bins} numbers of {@code [outer, bins, inner, 2]}.
     */
    record FourierLines(View x, Dim outer, Dim length, Dim bins, Dim inner, Dim parts, boolean inverse, View to)
            implements Making {
        @Override
        public List<View> reads() {
            return List.of(x);
        }
    }

    /** Attention over {@code [batch, heads, rows, size]}. Only the last axes of its operands are contiguous. */
    record Attention(View q, View k, View v, Optional<View> mask, double scale, View to) implements Making {
        @Override
        public List<View> reads() {
            return Stream.concat(Stream.of(q, k, v), mask.stream()).toList();
        }
    }

    // Others.

    /**
     * Makes each element of the results by itself, with a kernel that the target writes for the op.
     *
     * @param op which has the attributes
     * @param operands where its operands are, in order
     */
    record PerElement(CoreOp op, List<View> operands, List<View> results) implements Step {
        @Override
        public List<View> reads() {
            return operands;
        }

        @Override
        public List<View> writes() {
            return results;
        }
    }

    /**
     * Writes slices over those of {@code to}, which has its elements before, in order.
     *
     * @param indices whose last axis are the places of the slices
     */
    record ScatterSlices(View indices, View updates, ScatterReduction reduction, View to) implements Making {
        @Override
        public List<View> reads() {
            return List.of(indices, updates, to);
        }
    }

    // The host.

    /**
     * Runs an op by its reference meaning.
     *
     * @param operands where its operands are
     * @param shares whether the op may see the operands in place; else what it returns could change with them
     * @param bindings the symbols that its results bind
     */
    record HostOp(CoreOp op, Map<Value, View> operands, List<View> results, boolean shares, List<Binding> bindings)
            implements Step {
        /** A symbol that is an axis of a result or, if {@code axis} is negative, that the op itself tells. */
        public record Binding(String symbol, int result, int axis) {}

        @Override
        public List<View> reads() {
            return List.copyOf(operands.values());
        }

        @Override
        public List<View> writes() {
            return results;
        }
    }

    /** Puts input {@code number} into a slot. */
    record TakeInput(int number, View to) implements Making {
        @Override
        public boolean isWork() {
            return false;
        }

        @Override
        public List<View> reads() {
            return List.of();
        }
    }

    /** Puts a constant into a slot. */
    record TakeConstant(Weight weight, View to) implements Making {
        @Override
        public boolean isWork() {
            return false;
        }

        @Override
        public List<View> reads() {
            return List.of();
        }
    }

    // Control.

    /** Ends the call with a message if a condition does not hold. */
    record Guard(Condition condition, String message) implements Step {
        @Override
        public boolean isWork() {
            return false;
        }

        @Override
        public List<View> reads() {
            return List.of();
        }

        @Override
        public List<View> writes() {
            return List.of();
        }
    }

    /** Ends the call with a message; the results are never written. */
    record Fail(String message, List<View> results) implements Step {
        @Override
        public boolean isWork() {
            return false;
        }

        @Override
        public List<View> reads() {
            return List.of();
        }

        @Override
        public List<View> writes() {
            return results;
        }
    }

    /** Reads a symbol off an axis of what is in a slot. */
    record Bind(String symbol, View slot, int axis) implements Step {
        @Override
        public boolean isWork() {
            return false;
        }

        @Override
        public List<View> reads() {
            return List.of(slot);
        }

        @Override
        public List<View> writes() {
            return List.of();
        }
    }

    /** Sets a symbol to 0. */
    record BindZero(String symbol) implements Step {
        @Override
        public boolean isWork() {
            return false;
        }

        @Override
        public List<View> reads() {
            return List.of();
        }

        @Override
        public List<View> writes() {
            return List.of();
        }
    }

    /** Runs one of two lists, each of which leaves the results in the same views. */
    record Branch(View condition, List<Instruction> yes, List<Instruction> no, List<View> results) implements Step {
        @Override
        public List<View> reads() {
            return List.of(condition);
        }

        @Override
        public List<View> writes() {
            return results;
        }

        @Override
        public List<List<Instruction>> bodies() {
            return List.of(yes, no);
        }
    }

    /**
     * Runs {@code body} while {@code go} is true, at most {@code limit} times. Before, {@code go} becomes the
     * condition, or true, and the lists become empty; at the start of each turn {@code iteration} becomes its number.
     *
     * @param carried what a turn leaves to the next, or to what follows
     * @param lists the numbers of the lists to which the body appends
     */
    record Repeat(
            Optional<View> limit,
            Optional<View> condition,
            View iteration,
            View go,
            List<View> carried,
            List<Integer> lists,
            List<Instruction> body)
            implements Step {
        @Override
        public List<View> reads() {
            List<View> all = new ArrayList<>(carried);
            limit.ifPresent(all::add);
            condition.ifPresent(all::add);
            return all;
        }

        @Override
        public List<View> writes() {
            return List.of(iteration, go);
        }

        @Override
        public List<List<Instruction>> bodies() {
            return List.of(body);
        }
    }

    /** Appends a copy of a value to a list. */
    record Append(int list, View item) implements Step {
        @Override
        public List<View> reads() {
            return List.of(item);
        }

        @Override
        public List<View> writes() {
            return List.of();
        }
    }

    /** Makes a tensor of {@code type} of the items of a list, along a new first axis. */
    record Stack(int list, TensorType type, View to) implements Making {
        @Override
        public List<View> reads() {
            return List.of();
        }
    }

    private static List<View> with(@Nullable ElementwiseKernel epilogue, View... views) {
        List<View> all = new ArrayList<>(List.of(views));
        if (epilogue != null) {
            all.addAll(epilogue.views());
        }
        return all;
    }

    /** All instructions of a list and of those inside of them, each before what is inside of it. */
    static Stream<Instruction> all(Collection<Instruction> list) {
        return list.stream()
                .flatMap(i ->
                        Stream.concat(Stream.of(i), i.step().bodies().stream().flatMap(Step::all)));
    }
}
