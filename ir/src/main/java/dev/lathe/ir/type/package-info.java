/**
 * Types of values: element types, shapes, and dimensions as symbolic expressions in a normal form,
 * {@link dev.lathe.ir.type.Dim}.
 */
@NullMarked
package dev.lathe.ir.type;

import org.jspecify.annotations.NullMarked;
