/**
 * What the inputs of a model mean, as its graph tells: {@link dev.lathe.input.InputRoles}. Values for them are made
 * by {@code dev.lathe.runtime.input}.
 */
@NullMarked
package dev.lathe.input;

import org.jspecify.annotations.NullMarked;
