/** Passes on symbolic dimensions. */
@NullMarked
package dev.lathe.passes.shape;

import org.jspecify.annotations.NullMarked;
