/**
 * What the inputs of a model mean, as its graph tells ({@link dev.lathe.input.InputRoles}) or their
 * names ({@link dev.lathe.input.TokenInput}). Values for them are made
 * by {@code dev.lathe.runtime.input}.
 */
@NullMarked
package dev.lathe.input;

import org.jspecify.annotations.NullMarked;
