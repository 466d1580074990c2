/**
 * Keeps the pages under {@code docs/} true: reference pages are written from the code itself ({@link dev.lathe.docs.ReferencePagesTest}; {@code -Dbless} rewrites
 * them), and the programs in guides are compiled and run as they stand on the page.
 */
@NullMarked
package dev.lathe.docs;

import org.jspecify.annotations.NullMarked;
