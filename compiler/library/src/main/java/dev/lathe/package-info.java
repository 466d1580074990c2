/**
 * The library: {@link dev.lathe.Lathe} compiles models and opens compiled ones, {@link dev.lathe.Model} is what comes
 * out. Start at {@link dev.lathe.Lathe#compile}. The packages beside this one say what is in a model, whether it
 * computes what it should, and make it smaller.
 */
@NullMarked
package dev.lathe;

import org.jspecify.annotations.NullMarked;
