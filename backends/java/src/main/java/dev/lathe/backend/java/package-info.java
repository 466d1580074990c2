/**
 * The Java backend: Java source over the kernels of {@code dev.lathe.runtime}, compiled in process, loaded or written
 * as a jar. {@link dev.lathe.backend.java.JavaBackend} is the way in; {@code Emitter} says what each op becomes, with
 * a class for each family beside it. Shapes stay symbolic in the code: sizes, offsets and strides are expressions of
 * the symbols that the inputs bind. What constants alone decide is computed when a model is loaded
 * ({@code LoadPlan}).
 */
@NullMarked
package dev.lathe.backend.java;

import org.jspecify.annotations.NullMarked;
