/**
 * What a target is to the rest of Lathe: {@link dev.lathe.backend.Backend} says which nodes it supports and compiles a
 * graph to an {@link dev.lathe.backend.Artifact}, which loads as an {@link dev.lathe.ir.Executable}. Backends depend on
 * this module and never on each other. {@link dev.lathe.backend.ReferenceBackend} is the smallest one.
 */
@NullMarked
package dev.lathe.backend;

import org.jspecify.annotations.NullMarked;
