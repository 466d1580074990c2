/**
 * Regular expressions in the syntax of Oniguruma, which tokenizers are written in. Matching is bounded: a state that
 * failed once at a place is not tried there again, and a text that takes too many steps is refused. Start at
 * {@link dev.lathe.tokenizers.regex.Pattern}.
 */
@NullMarked
package dev.lathe.tokenizers.regex;

import org.jspecify.annotations.NullMarked;
