/** What can watch passes: each class is one {@link dev.lathe.passes.PassListener}. */
@NullMarked
package dev.lathe.passes.listen;

import org.jspecify.annotations.NullMarked;
