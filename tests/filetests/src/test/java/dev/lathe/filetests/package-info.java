/** Lathe's own file tests: the {@code .lir} files in the folders of this module. */
@NullMarked
package dev.lathe.filetests;

import org.jspecify.annotations.NullMarked;
