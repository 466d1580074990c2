/**
 * What makes text of tokens again. Start at {@link dev.lathe.tokenizers.decoder.Decoder}; {@link
 * dev.lathe.tokenizers.decoder.Decoders} reads them.
 */
@NullMarked
package dev.lathe.tokenizers.decoder;

import org.jspecify.annotations.NullMarked;
