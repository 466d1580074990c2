package dev.lathe.tokenizers.decoder;

import dev.lathe.tokenizers.text.ByteAlphabet;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Decoders of tokens that are bytes. */
final class Bytes {
    private Bytes() {}

    /** Bytes of the byte alphabet; what is no UTF-8 becomes U+FFFD. */
    static List<String> ofAlphabet(List<String> tokens) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String token : tokens) {
            if (token.chars().allMatch(c -> ByteAlphabet.toByte(c) >= 0)) {
                token.chars().forEach(c -> out.write(ByteAlphabet.toByte(c)));
            } else {
                out.writeBytes(token.getBytes(StandardCharsets.UTF_8));
            }
        }
        return List.of(out.toString(StandardCharsets.UTF_8));
    }

    /** Tokens such as {@code <0x0A>}; neighbours that are no UTF-8 together become a U+FFFD each. */
    static List<String> fallback(List<String> tokens) {
        List<String> out = new ArrayList<>();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String token : tokens) {
            int b = value(token);
            if (b >= 0) {
                bytes.write(b);
            } else {
                flush(bytes, out);
                out.add(token);
            }
        }
        flush(bytes, out);
        return out;
    }

    private static int value(String token) {
        if (token.length() != 6 || !token.startsWith("<0x") || !token.endsWith(">")) {
            return -1;
        }
        char sign = token.charAt(3);
        int high = sign == '+' ? 0 : digit(sign);
        int low = digit(token.charAt(4));
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }

    private static int digit(char c) {
        return c < 128 ? Character.digit(c, 16) : -1;
    }

    private static void flush(ByteArrayOutputStream bytes, List<String> out) {
        if (bytes.size() == 0) {
            return;
        }
        try {
            out.add(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString());
        } catch (CharacterCodingException e) {
            out.addAll(Collections.nCopies(bytes.size(), "\ufffd"));
        }
        bytes.reset();
    }
}
