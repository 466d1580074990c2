package dev.lathe.tokenizers.decoder;

import java.util.List;

/** Makes text of tokens. */
public interface Decoder {
    /** The parts of the text, which are joined. */
    List<String> decode(List<String> tokens);
}
