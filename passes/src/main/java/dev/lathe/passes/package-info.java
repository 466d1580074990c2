/**
 * Passes, the pipelines they stand in, and what runs them. Start with {@link dev.lathe.passes.Pass}, then
 * {@link dev.lathe.passes.Pipelines}; the engine under most passes is {@link dev.lathe.passes.Rewriter}. Passes live in
 * the packages below, one file each.
 */
@NullMarked
package dev.lathe.passes;

import org.jspecify.annotations.NullMarked;
