/**
 * What changes a text before it is cut. A normalizer is one small class; {@link
 * dev.lathe.tokenizers.normalizer.Normalizers} reads them.
 */
@NullMarked
package dev.lathe.tokenizers.normalizer;

import org.jspecify.annotations.NullMarked;
