/**
 * Pruning: passes that leave out what matters least. {@link dev.lathe.passes.prune.PruneWeights} makes single weights,
 * or blocks of them, 0; a constant stays dense, and what stores or runs it may use its zeros. {@code prune-channels}
 * and {@code prune-layers} remove what weights belong to as a whole: channels, neurons, heads and blocks. What can go
 * together is known by {@link dev.lathe.ir.analysis.axes.AxisRelations}; the result is a smaller graph like others.
 */
@NullMarked
package dev.lathe.passes.prune;

import org.jspecify.annotations.NullMarked;
