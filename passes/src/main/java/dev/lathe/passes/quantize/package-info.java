/**
 * Compression of weights: passes that store constants in fewer bits. What they store means is said by ops ({@code
 * dequantize}, {@code cast}), so a compressed graph is a graph like others.
 */
@NullMarked
package dev.lathe.passes.quantize;

import org.jspecify.annotations.NullMarked;
