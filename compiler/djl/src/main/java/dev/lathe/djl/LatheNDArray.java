package dev.lathe.djl;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.index.full.NDIndexFullSlice;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.lang.foreign.MemorySegment;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A tensor as an array of DJL, with the functions that translators need before and after a model: arithmetic,
 * comparisons, reductions, softmax, and what moves elements. Others say that they are not supported.
 */
final class LatheNDArray extends ElementwiseArray {
    LatheNDArray(LatheNDManager manager, Tensor tensor) {
        super(manager, tensor);
        manager.attachInternal(uid, this);
    }

    // What an array is.

    @Override
    public void intern(NDArray replaced) {
        become(tensor(replaced));
        replaced.close();
    }

    @Override
    public void detach() {
        manager.detachInternal(uid);
        manager = ((LatheEngine) manager.getEngine()).system();
    }

    @Override
    public LatheNDArray duplicate() {
        Tensor copy = Tensor.zeros(tensor().element(), tensor().dims());
        for (long i = 0; i < tensor().size(); i++) {
            copy.copyElement(i, tensor(), i);
        }
        LatheNDArray array = of(copy);
        array.setName(getName());
        return array;
    }

    @Override
    public ByteBuffer toByteBuffer(boolean tryDirect) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(tensor().byteSize())).order(ByteOrder.LITTLE_ENDIAN);
        MemorySegment.ofBuffer(bytes).copyFrom(tensor().data().asSlice(0, tensor().byteSize()));
        return bytes;
    }

    @Override
    public String[] toStringArray(Charset charset) {
        return tensor().toStringArray();
    }

    @Override
    public void set(Buffer data) {
        int size = Math.toIntExact(tensor().size());
        BaseNDManager.validateBuffer(data, dataType, size);
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(tensor().byteSize())).order(ByteOrder.LITTLE_ENDIAN);
        BaseNDManager.copyBuffer(data, bytes);
        MemorySegment.copy(MemorySegment.ofBuffer(bytes.rewind()), 0, tensor().data(), 0, tensor().byteSize());
    }

    @Override
    public void set(NDArray mask, Number value) {
        Tensor condition = ArrayMath.cast(tensor(mask), ElementType.BOOL);
        Tensor with = Tensor.scalar(tensor().element(), value.doubleValue());
        become(ArrayMath.compute((b, v) -> b.select(v.get(0), v.get(1), v.get(2)), condition, with, tensor()));
    }

    @Override
    public NDArray toType(DataType type, boolean copy) {
        if (type == dataType && !copy) {
            return this;
        }
        return type == dataType ? duplicate() : of(ArrayMath.cast(tensor(), DataTypes.element(type)));
    }

    @Override
    public NDArrayEx getNDArrayInternal() {
        return ArrayFunctions.of((LatheNDManager) manager, this);
    }

    // Elements.

    @Override
    public NDArray get(NDIndex index) {
        return get(manager, index);
    }

    @Override
    public NDArray get(NDManager of, NDIndex index) {
        NDIndexFullSlice slice = NDIndexFullSlice.fromIndex(index, shape)
                .orElseThrow(() -> new UnsupportedOperationException(
                        "the engine Lathe takes parts of arrays by numbers and ranges, not by " + index));
        List<Dim> starts = new ArrayList<>();
        List<Dim> sizes = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        for (int i = 0; i < shape.dimension(); i++) {
            starts.add(Dim.of(slice.getMin()[i]));
            sizes.add(Dim.of(slice.getShape().get(i)));
            steps.add(slice.getStep()[i]);
        }
        Tensor part = ArrayMath.compute((b, v) -> b.add(new Slice(v.getFirst(), starts, sizes, steps)), tensor());
        return new LatheNDArray(
                (LatheNDManager) of, part.reshape(slice.getSqueezedShape().getShape()));
    }

    @Override
    public NDList split(long[] indices, int axis) {
        int along = Math.floorMod(axis, tensor().rank());
        NDList parts = new NDList();
        long from = 0;
        for (int i = 0; i <= indices.length; i++) {
            long to = i < indices.length ? indices[i] : tensor().dim(along);
            Dim start = Dim.of(from);
            Dim size = Dim.of(to - from);
            parts.add(of(ArrayMath.compute((b, v) -> b.slice(v.getFirst(), along, start, size), tensor())));
            from = to;
        }
        return parts;
    }

    @Override
    public NDList split(long sections, int axis) {
        long size = tensor().dim(Math.floorMod(axis, tensor().rank()));
        if (sections < 1 || size % sections != 0) {
            throw new IllegalArgumentException("an axis of " + size + " has no " + sections + " equal parts");
        }
        long part = size / sections;
        return split(LongStream.range(1, sections).map(i -> i * part).toArray(), axis);
    }

    // Shapes.

    @Override
    public NDArray reshape(Shape to) {
        long[] dims = to.getShape().clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < dims.length; i++) {
            open = dims[i] == -1 ? i : open;
            known *= dims[i] == -1 ? 1 : dims[i];
        }
        if (open >= 0) {
            dims[open] = tensor().size() / Math.max(1, known);
        }
        if (Arrays.stream(dims).reduce(1, (x, y) -> x * y) != tensor().size()) {
            throw new IllegalArgumentException("an array " + shape + " cannot be reshaped to " + to);
        }
        return of(tensor().reshape(dims));
    }

    @Override
    public NDArray expandDims(int axis) {
        int at = Math.floorMod(axis, tensor().rank() + 1);
        long[] old = tensor().dims();
        long[] dims = new long[old.length + 1];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = i == at ? 1 : old[i < at ? i : i - 1];
        }
        return of(tensor().reshape(dims));
    }

    @Override
    public NDArray squeeze(int[] axes) {
        List<Integer> gone = axes.length == 0 ? List.of() : ArrayMath.axes(tensor(), axes);
        long[] dims = IntStream.range(0, tensor().rank())
                .filter(i -> axes.length == 0 ? tensor().dim(i) != 1 : !gone.contains(i))
                .mapToLong(tensor()::dim)
                .toArray();
        return reshape(new Shape(dims));
    }

    @Override
    public NDArray flatten() {
        return of(tensor().reshape(tensor().size()));
    }

    @Override
    public NDArray broadcast(Shape to) {
        return of(ArrayMath.broadcast(tensor(), DataTypes.shape(to)));
    }

    @Override
    public NDArray transpose() {
        return transpose(IntStream.range(0, tensor().rank())
                .map(i -> tensor().rank() - 1 - i)
                .toArray());
    }

    @Override
    public NDArray transpose(int... axes) {
        List<Integer> order = IntStream.of(axes)
                .map(a -> Math.floorMod(a, tensor().rank()))
                .boxed()
                .toList();
        return of(ArrayMath.compute((b, v) -> b.transpose(v.getFirst(), order), tensor()));
    }

    // Along axes.

    private NDArray reduce(ReduceFunction function, int[] axes, boolean keep) {
        return of(ArrayMath.reduce(function, tensor(), axes, keep));
    }

    @Override
    public NDArray sum() {
        return sum(new int[0], false);
    }

    @Override
    public NDArray sum(int[] axes, boolean keepDims) {
        Tensor numbers = tensor().element().isBool() ? ArrayMath.cast(tensor(), ElementType.I64) : tensor();
        return of(ArrayMath.reduce(ReduceFunction.REDUCE_SUM, numbers, axes, keepDims));
    }

    @Override
    public NDArray prod() {
        return prod(new int[0], false);
    }

    @Override
    public NDArray prod(int[] axes, boolean keepDims) {
        return reduce(ReduceFunction.REDUCE_PROD, axes, keepDims);
    }

    @Override
    public NDArray max() {
        return max(new int[0], false);
    }

    @Override
    public NDArray max(int[] axes, boolean keepDims) {
        return reduce(ReduceFunction.REDUCE_MAX, axes, keepDims);
    }

    @Override
    public NDArray min() {
        return min(new int[0], false);
    }

    @Override
    public NDArray min(int[] axes, boolean keepDims) {
        return reduce(ReduceFunction.REDUCE_MIN, axes, keepDims);
    }

    @Override
    public NDArray mean() {
        return mean(new int[0], false);
    }

    @Override
    public NDArray mean(int[] axes, boolean keepDims) {
        return of(ArrayMath.mean(tensor(), axes, keepDims));
    }

    @Override
    public NDArray norm(boolean keepDims) {
        return norm(2, new int[0], keepDims);
    }

    @Override
    public NDArray norm(int order, int[] axes, boolean keepDims) {
        if (order == 1) {
            return abs().sum(axes, keepDims);
        }
        if (order != 2) {
            throw new UnsupportedOperationException("the engine Lathe has norms of order 1 and 2, not " + order);
        }
        return square().sum(axes, keepDims).sqrt();
    }

    @Override
    public NDArray normalize(double exponent, long dim, double eps) {
        if (exponent != 2) {
            throw new UnsupportedOperationException("the engine Lathe scales by the norm of order 2, not " + exponent);
        }
        return div(norm(2, new int[] {Math.toIntExact(dim)}, true).maximum(eps));
    }

    @Override
    public NDArray softmax(int axis) {
        int along = Math.floorMod(axis, tensor().rank());
        return of(ArrayMath.compute((b, v) -> b.add(new Softmax(v.getFirst(), along)), floating()));
    }

    @Override
    public NDArray logSoftmax(int axis) {
        return softmax(axis).log();
    }

    private NDArray arg(ArgFunction function, Tensor of, int axis) {
        int along = Math.floorMod(axis, of.rank());
        return of(ArrayMath.compute((b, v) -> b.add(new ArgReduce(function, v.getFirst(), along, false, false)), of));
    }

    @Override
    public NDArray argMax() {
        return arg(ArgFunction.ARG_MAX, tensor().reshape(tensor().size()), 0);
    }

    @Override
    public NDArray argMax(int axis) {
        return arg(ArgFunction.ARG_MAX, tensor(), axis);
    }

    @Override
    public NDArray argMin() {
        return arg(ArgFunction.ARG_MIN, tensor().reshape(tensor().size()), 0);
    }

    @Override
    public NDArray argMin(int axis) {
        return arg(ArgFunction.ARG_MIN, tensor(), axis);
    }

    @Override
    public NDArray matMul(NDArray other) {
        return of(ArrayMath.compute((b, v) -> b.matMul(v.getFirst(), v.getLast()), tensor(), tensor(other)));
    }

    @Override
    public NDArray dot(NDArray other) {
        return matMul(other);
    }

    @Override
    public boolean contentEquals(@Nullable NDArray other) {
        return other != null && tensor().equals(tensor(other));
    }

    @Override
    public boolean contentEquals(Number number) {
        return IntStream.range(0, Math.toIntExact(tensor().size()))
                .allMatch(i -> tensor().getDouble(i) == number.doubleValue());
    }
}
