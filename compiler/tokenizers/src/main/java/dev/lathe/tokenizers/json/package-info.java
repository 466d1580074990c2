/** JSON as a tokenizer's file has it: the reader, and objects that know where in the file they stand. */
@NullMarked
package dev.lathe.tokenizers.json;

import org.jspecify.annotations.NullMarked;
