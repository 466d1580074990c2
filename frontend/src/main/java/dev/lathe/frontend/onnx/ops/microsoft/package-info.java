/**
 * The domains that ONNX Runtime's optimizer writes: fused layers, attention with caches, packed weights, and the
 * blocked layout of level ALL. Start at {@code MicrosoftOps}; most of it leads back to the standard's families.
 */
@NullMarked
package dev.lathe.frontend.onnx.ops.microsoft;

import org.jspecify.annotations.NullMarked;
