/**
 * Models that mean harm, or that a broken exporter wrote: {@link dev.lathe.conformance.hostile.HostileModels} is a
 * table of them, one for each kind of trick, and each is read, compiled, run and exported in bounded time and memory,
 * or refused with a reason.
 */
@NullMarked
package dev.lathe.conformance.hostile;

import org.jspecify.annotations.NullMarked;
