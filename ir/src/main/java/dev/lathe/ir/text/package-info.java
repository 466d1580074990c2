/**
 * Graphs as text. {@link dev.lathe.ir.text.Printer} writes what the grammar {@code Lathe.g4} describes and the
 * frontend's {@code IrText} reads; it knows ops only through {@link dev.lathe.ir.op.OpSchema}, so a new op changes
 * nothing here.
 */
@NullMarked
package dev.lathe.ir.text;

import org.jspecify.annotations.NullMarked;
