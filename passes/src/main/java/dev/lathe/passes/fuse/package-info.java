/** Recognizing composites in what exporters spell out, and joining ops that run as one kernel. */
@NullMarked
package dev.lathe.passes.fuse;

import org.jspecify.annotations.NullMarked;
