/**
 * What a compiled model needs at run time: {@link dev.lathe.runtime.CompiledModel} and the
 * {@link dev.lathe.runtime.Execution} that generated code extends, the kernels that it calls, and the worker pool.
 * Kernels own what they prepare for a shape, keep what lasts no longer than a step in the
 * {@link dev.lathe.runtime.Workspace} that they share, and allocate nothing when they run. Vector code stands in
 * classes of its own, each with a scalar twin, so that a JVM without the Vector API loads none of them.
 */
@NullMarked
package dev.lathe.runtime;

import org.jspecify.annotations.NullMarked;
