/**
 * Layers of neural networks: activations, products, convolutions, pools, normalizations, attention, recurrent cells,
 * and their forms on quantized integers. Start at {@code ContractionOps}; its attributes of windows serve others too.
 */
@NullMarked
package dev.lathe.frontend.onnx.ops.nn;

import org.jspecify.annotations.NullMarked;
