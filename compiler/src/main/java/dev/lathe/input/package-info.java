/**
 * Values for a model's inputs: {@link dev.lathe.input.InputValues} reads what people write on a command line, {@link dev.lathe.input.RandomInputs} makes up the rest, by the {@link
 * dev.lathe.input.Role} that each input plays in the graph.
 */
@NullMarked
package dev.lathe.input;

import org.jspecify.annotations.NullMarked;
