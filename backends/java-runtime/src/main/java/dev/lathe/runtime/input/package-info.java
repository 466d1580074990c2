/**
 * Values for a model's inputs, as people give them on a command line, the same for {@code lathe run} and for a
 * compiled jar: {@link dev.lathe.runtime.input.InputValues} reads them and makes up the rest. Start there. Each
 * format is one class.
 */
@NullMarked
package dev.lathe.runtime.input;

import org.jspecify.annotations.NullMarked;
