/**
 * Tests as text: a {@code .lir} file is a pipeline, graphs, and what the pipeline makes of them.
 * {@link dev.lathe.filetests.FileTest} says what a file may contain; {@link dev.lathe.filetests.FileTests} runs those
 * of a folder, Lathe's own beside this module's sources or a user's, and again in other forms: printed and read once
 * more, and with the sizes of the inputs made symbols.
 */
@NullMarked
package dev.lathe.filetests;

import org.jspecify.annotations.NullMarked;
