/** Problems as people read them, and the one exception that carries them, {@link dev.lathe.ir.diag.LatheException}. */
@NullMarked
package dev.lathe.ir.diag;

import org.jspecify.annotations.NullMarked;
