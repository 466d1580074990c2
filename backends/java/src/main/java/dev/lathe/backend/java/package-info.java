/**
 * The Java backend: Java source over the kernels of {@code dev.lathe.runtime}, compiled in process, loaded or written
 * as a jar. {@link dev.lathe.backend.java.JavaBackend} is the way in; {@code JavaKernels}
 * is the table of what has a kernel; {@code StepPrinter} prints the steps of a {@link dev.lathe.backend.plan.Plan},
 * with a class for each family beside it, and {@code ModelSource} puts the classes together. Shapes stay symbolic in
 * the code: sizes, offsets and strides are expressions of the symbols that the inputs bind.
 */
@NullMarked
package dev.lathe.backend.java;

import org.jspecify.annotations.NullMarked;
