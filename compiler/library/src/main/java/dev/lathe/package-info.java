/**
 * The library: {@link dev.lathe.Lathe} compiles models and opens compiled ones, {@link dev.lathe.Model} is what comes out. Start at {@link dev.lathe.Lathe#compile}; the
 * packages beside this one serve the command line, which is in {@code dev.lathe.cli}.
 */
@NullMarked
package dev.lathe;

import org.jspecify.annotations.NullMarked;
