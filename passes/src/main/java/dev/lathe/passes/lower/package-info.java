/** Passes that take composites apart for a target. */
@NullMarked
package dev.lathe.passes.lower;

import org.jspecify.annotations.NullMarked;
