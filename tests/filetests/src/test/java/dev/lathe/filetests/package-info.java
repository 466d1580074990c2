/**
 * Tests as text: every {@code .lir} file of this module is a pipeline, graphs, and what the pipeline makes of them. {@link
 * dev.lathe.filetests.FileTest} says what a file may contain; {@link dev.lathe.filetests.FileTests} runs all of them, and again in other
 * forms: printed and read once more, and with the sizes of the inputs made symbols.
 */
@NullMarked
package dev.lathe.filetests;

import org.jspecify.annotations.NullMarked;
