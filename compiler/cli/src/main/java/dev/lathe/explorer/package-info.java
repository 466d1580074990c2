/** A page that shows what passes do to a graph: {@link dev.lathe.explorer.PassExplorer}. */
@NullMarked
package dev.lathe.explorer;

import org.jspecify.annotations.NullMarked;
