/**
 * The core ops, one record in one file, sealed by family, and what every op says of itself. Start at
 * {@link dev.lathe.ir.op.Op} and {@link dev.lathe.ir.op.OpSchema}. A new core op is a record that joins a family; the
 * compiler then shows every backend that has to learn it.
 */
@NullMarked
package dev.lathe.ir.op;

import org.jspecify.annotations.NullMarked;
