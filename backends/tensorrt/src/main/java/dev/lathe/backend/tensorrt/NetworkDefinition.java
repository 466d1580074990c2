package dev.lathe.backend.tensorrt;

import java.util.List;

/**
 * What lowering speaks to: a network of TensorRT that is being built. {@link EngineNetwork} is the real one,
 * {@link NetworkRecorder} checks and prints it on any machine.
 */
interface NetworkDefinition {
    /** Adds an input; {@code dims} are -1 where the input may have any size. */
    NetworkTensor input(String name, DataType type, List<Long> dims);

    /**
     * Adds a layer.
     *
     * @param name the node that it is for
     * @return what it makes
     * @throws LayerException if TensorRT would refuse it
     */
    List<NetworkTensor> add(Layer layer, String name);

    /** Makes a tensor an output. */
    void output(String name, NetworkTensor tensor);
}
