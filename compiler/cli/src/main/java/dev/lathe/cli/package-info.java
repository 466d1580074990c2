/**
 * The command line. {@link dev.lathe.cli.Main} lists the commands; each is one class named after it. What several
 * commands share is a {@code …Flags} mixin. Commands hold no logic that a library user may want: that is in the
 * library.
 */
@NullMarked
package dev.lathe.cli;

import org.jspecify.annotations.NullMarked;
