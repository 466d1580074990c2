/**
 * Recovery of what quantization loses: passes before it that make a model easier to quantize, and passes after it that
 * bring results back to those of the model before. Start with {@link dev.lathe.passes.recover.SmoothQuant} and {@link
 * dev.lathe.passes.recover.CorrectBias}. How a weight is rounded is a matter of the passes that quantize: {@link
 * dev.lathe.passes.quantize.Rounding}.
 */
@NullMarked
package dev.lathe.passes.recover;

import org.jspecify.annotations.NullMarked;
