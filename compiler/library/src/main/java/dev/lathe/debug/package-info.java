/**
 * Takes models apart and finds out where one goes wrong: {@link dev.lathe.debug.Extraction} is a part of a model,
 * {@link dev.lathe.debug.Exposed} makes intermediate values outputs, {@link
 * dev.lathe.debug.Finiteness} finds the first that is not finite, {@link dev.lathe.debug.DifferenceSearch} the first
 * that two ways of running a model do not agree on, and {@link dev.lathe.debug.Reducer} the smallest part of a model
 * that still fails.
 */
@NullMarked
package dev.lathe.debug;

import org.jspecify.annotations.NullMarked;
