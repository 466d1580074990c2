/**
 * The target {@code tensorrt}: a model as a network of TensorRT layers, and the engine that TensorRT builds of it.
 * Start at {@link dev.lathe.backend.tensorrt.TensorRtBackend}. {@code Lowering} walks a graph and speaks to a
 * {@code NetworkDefinition}; {@code LayerRules} has what TensorRT's reference says of each layer, so that a machine
 * without a GPU tests every lowering. Only {@code EngineNetwork} and what builds and runs engines touch the native
 * library.
 */
@NullMarked
package dev.lathe.backend.tensorrt;

import org.jspecify.annotations.NullMarked;
