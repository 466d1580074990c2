/**
 * What the constants of a graph are used for, what passes tell of those that they change, and the passes that make a
 * graph ready for that: weights outside of regions ({@link dev.lathe.passes.weights.LiftWeights}), and a name for each
 * value ({@link dev.lathe.passes.weights.NameValues}).
 */
@NullMarked
package dev.lathe.passes.weights;

import org.jspecify.annotations.NullMarked;
