package dev.lathe.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractSymbolBlock;
import ai.djl.nn.ParameterList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.tensor.Tensor;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model as a block. Safe for use by several threads at a time, so predictors may share it.
 *
 * <p>Arrays are the model's inputs by their names, if all of them have one of a different input; else in order.
 */
final class LatheSymbolBlock extends AbstractSymbolBlock implements AutoCloseable {
    private final Executable model;
    private final LatheNDManager manager;

    LatheSymbolBlock(Executable model, NDManager manager) {
        this.model = model;
        this.manager = (LatheNDManager) manager;
        this.inputNames = model.inputs().stream().map(Port::name).toList();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameters, NDList inputs, boolean training, @Nullable PairList<String, Object> others) {
        if (training) {
            throw new UnsupportedOperationException("the engine Lathe does not train models");
        }
        Map<String, Tensor> given = new LinkedHashMap<>();
        boolean byName = areNamed(inputs);
        for (int i = 0; i < inputs.size(); i++) {
            NDArray array = inputs.get(i);
            given.put(
                    byName ? array.getName() : inputName(i, inputs.size()),
                    manager.from(array).tensor());
        }
        LatheNDManager place =
                !inputs.isEmpty() && inputs.head().getManager() instanceof LatheNDManager own ? own : manager;
        NDList results = new NDList();
        model.call(given).forEach((name, tensor) -> {
            LatheNDArray array = place.of(tensor);
            array.setName(name);
            results.add(array);
        });
        return results;
    }

    private boolean areNamed(NDList inputs) {
        Set<String> names = new HashSet<>();
        for (NDArray array : inputs) {
            names.add(String.valueOf(array.getName()));
        }
        return names.size() == inputs.size() && inputNames.containsAll(names);
    }

    private String inputName(int index, int given) {
        if (given != inputNames.size()) {
            throw new IllegalArgumentException("the model takes " + inputNames.size() + " arrays, " + inputNames
                    + ", and " + given + " are given");
        }
        return inputNames.get(index);
    }

    @Override
    public PairList<String, Shape> describeInput() {
        return described(model.inputs());
    }

    @Override
    public PairList<String, Shape> describeOutput() {
        return described(model.outputs());
    }

    private static PairList<String, Shape> described(List<Port> ports) {
        PairList<String, Shape> all = new PairList<>();
        ports.forEach(p -> all.add(p.name(), DataTypes.shape(p.type())));
        return all;
    }

    @Override
    public ParameterList getDirectParameters() {
        throw new UnsupportedOperationException("the weights of a compiled model are not parameters");
    }

    @Override
    public void close() {
        model.close();
    }
}
