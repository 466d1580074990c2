/**
 * Keeps the pages under {@code docs/} true that need the command line: reference pages are written from the code itself
 * ({@link dev.lathe.docs.ReferencePagesTest}; {@code -Dbless} rewrites them), and the guide to passes shows the files
 * of its example.
 */
@NullMarked
package dev.lathe.docs;

import org.jspecify.annotations.NullMarked;
