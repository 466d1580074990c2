/** What the constants of a graph are used for, and what passes tell of those that they change. */
@NullMarked
package dev.lathe.passes.weights;

import org.jspecify.annotations.NullMarked;
