package dev.lathe.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.internal.NDArrayEx;
import dev.lathe.ir.tensor.Tensor;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/**
 * What DJL keeps apart from arrays, of which batching needs {@code stack} and {@code concat}. The rest, layers and
 * optimizers, is for building models, and says that it is not supported.
 */
final class ArrayFunctions {
    private ArrayFunctions() {}

    /** Those of {@code first}, which stands before the arrays that they are given. */
    static NDArrayEx of(LatheNDManager manager, LatheNDArray first) {
        return (NDArrayEx) Proxy.newProxyInstance(
                NDArrayEx.class.getClassLoader(),
                new Class<?>[] {NDArrayEx.class},
                (_, method, arguments) -> switch (method.getName()) {
                    case "stack" -> stack(manager, with(first, arguments), (Integer) arguments[1]);
                    case "concat" -> concat(manager, with(first, arguments), (Integer) arguments[1]);
                    default ->
                        throw new UnsupportedOperationException(
                                "the engine Lathe runs models and has no function " + method.getName());
                });
    }

    private static NDList with(NDArray first, Object[] arguments) {
        NDList all = new NDList(first);
        all.addAll((NDList) arguments[0]);
        return all;
    }

    private static NDArray stack(LatheNDManager manager, NDList arrays, int axis) {
        NDList wider = new NDList();
        for (NDArray array : arrays) {
            wider.add(manager.from(array).expandDims(axis));
        }
        return concat(manager, wider, axis);
    }

    private static NDArray concat(LatheNDManager manager, NDList arrays, int axis) {
        List<Tensor> tensors = new ArrayList<>();
        for (NDArray array : arrays) {
            tensors.add(manager.from(array).tensor());
        }
        return manager.of(
                ArrayMath.concat(tensors, Math.floorMod(axis, tensors.getFirst().rank())));
    }
}
