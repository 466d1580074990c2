/**
 * Pruning: passes that leave out what matters least. {@link dev.lathe.passes.prune.PruneWeights} makes single weights,
 * or blocks of them, 0; a constant stays dense, and what stores or runs it may use its zeros.
 */
@NullMarked
package dev.lathe.passes.prune;

import org.jspecify.annotations.NullMarked;
