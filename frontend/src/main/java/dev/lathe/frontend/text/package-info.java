/**
 * IR text and pipeline strings, read through the generated parser of {@code Lathe.g4}. Start at
 * {@link dev.lathe.frontend.text.IrText}; what an op looks like comes from {@link dev.lathe.ir.op.OpCatalog}, so a new
 * op changes nothing here. Text is untrusted: its length and nesting are bounded before the parser sees it, and every
 * problem has a line and a column.
 */
@NullMarked
package dev.lathe.frontend.text;

import org.jspecify.annotations.NullMarked;
