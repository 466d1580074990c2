/**
 * Register tiles, and some kernels of rows, in machine code of x86-64, without a native library: an
 * {@link dev.lathe.runtime.machine.Assembler} writes those for this {@link dev.lathe.runtime.machine.Processor} into
 * {@link dev.lathe.runtime.machine.ExecutableMemory}, and {@link dev.lathe.runtime.machine.MachineTiles} checks every
 * address and calls them. Start with the last. Nothing here is needed: where it cannot run, tiles of the Vector API do.
 */
@NullMarked
package dev.lathe.runtime.machine;

import org.jspecify.annotations.NullMarked;
