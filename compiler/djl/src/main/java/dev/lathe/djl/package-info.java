/**
 * An engine of DJL: {@link dev.lathe.djl.LatheEngine}, which DJL finds by its provider. A model is a
 * {@code LatheModel} whose block calls an {@link dev.lathe.ir.Executable}; arrays are tensors, and what translators do
 * with them is computed by the meanings of ops of the IR. Start reading at {@code LatheSymbolBlock}.
 */
@NullMarked
package dev.lathe.djl;

import org.jspecify.annotations.NullMarked;
