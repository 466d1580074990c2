/**
 * The IR: values, nodes, immutable graphs, the builder that makes them and the verifier that says what a graph may be.
 * Start at {@link dev.lathe.ir.Graph} and {@link dev.lathe.ir.Builder}; the chapters are {@code type}, {@code op},
 * {@code composite}, {@code eval} (the reference meaning), {@code text} and {@code tensor}. Nothing here imports more
 * than the JDK.
 */
@NullMarked
package dev.lathe.ir;

import org.jspecify.annotations.NullMarked;
