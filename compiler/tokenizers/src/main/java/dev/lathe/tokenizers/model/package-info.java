/**
 * What cuts words into tokens. Start at {@link dev.lathe.tokenizers.model.Model}; {@link
 * dev.lathe.tokenizers.model.Models} reads one from a tokenizer's file.
 */
@NullMarked
package dev.lathe.tokenizers.model;

import org.jspecify.annotations.NullMarked;
