/** Passes that choose the order of axes in memory. */
@NullMarked
package dev.lathe.passes.layout;

import org.jspecify.annotations.NullMarked;
