/**
 * Ops that are defined by their expansion into others. A new one is a record like
 * {@link dev.lathe.ir.composite.Softmax}, named in {@link dev.lathe.ir.composite.BuiltInComposites}.
 */
@NullMarked
package dev.lathe.ir.composite;

import org.jspecify.annotations.NullMarked;
