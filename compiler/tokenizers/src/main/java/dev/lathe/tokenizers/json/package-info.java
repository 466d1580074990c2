/**
 * The reader of JSON, which Lathe's other modules use as well, and objects of a tokenizer's file that know where in it
 * they stand.
 */
@NullMarked
package dev.lathe.tokenizers.json;

import org.jspecify.annotations.NullMarked;
