/** Computing at compile time what does not depend on the input. */
@NullMarked
package dev.lathe.passes.fold;

import org.jspecify.annotations.NullMarked;
