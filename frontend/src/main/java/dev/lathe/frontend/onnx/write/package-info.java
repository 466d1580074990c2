/**
 * Graphs to models. A {@code Cover} holds classes of equal values, {@code Exploration} finds for each the ways of
 * making it, from the model that it came from and from the table {@code Exports}, {@code Selection} takes those that
 * cost least, and {@code CoverWriter} gives them names. Start at {@code ModelWriter}. What a family writes with is
 * {@code OpWriter}; {@code KernelTypes} and {@code OpsetNeeds} say what an operator can be counted on for.
 */
@NullMarked
package dev.lathe.frontend.onnx.write;

import org.jspecify.annotations.NullMarked;
