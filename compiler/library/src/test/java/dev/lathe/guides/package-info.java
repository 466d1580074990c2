/** Keeps the guides under {@code docs/} true: their programs are compiled and run as they stand on the page. */
@NullMarked
package dev.lathe.guides;

import org.jspecify.annotations.NullMarked;
