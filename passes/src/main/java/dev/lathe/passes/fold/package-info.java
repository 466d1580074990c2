/**
 * Computing at compile time what does not depend on the input, where that makes no stored bytes grow:
 * {@code FoldingPlan} decides by types alone, {@code FoldConstants} evaluates.
 */
@NullMarked
package dev.lathe.passes.fold;

import org.jspecify.annotations.NullMarked;
