/**
 * What a target is to the rest of Lathe: {@link dev.lathe.backend.Backend} compiles a graph to an {@link dev.lathe.backend.Artifact}, which loads as an
 * {@link dev.lathe.ir.Executable}. Backends depend on this module and never on each other.
 */
@NullMarked
package dev.lathe.backend;

import org.jspecify.annotations.NullMarked;
