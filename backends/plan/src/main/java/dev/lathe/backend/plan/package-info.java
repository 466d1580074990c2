/**
 * What runs, in which order, on which memory: the part that backends which write kernels share. {@link Planner} turns
 * a graph into a {@link Plan}, a list of {@link Step}s over {@link View}s of buffers; a backend prints each step in
 * its language. What a backend has kernels for is its table of {@link Kernels}. Sizes
 * are {@link dev.lathe.ir.type.Dim}s throughout, so that a plan holds for all shapes; when buffers live is computed
 * from the finished list, by {@link Lifetimes}. Start at {@link Step}.
 */
@NullMarked
package dev.lathe.backend.plan;

import org.jspecify.annotations.NullMarked;
