package dev.lathe.tokenizers.normalizer;

import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.text.AlignedText;
import dev.lathe.tokenizers.text.ByteAlphabet;
import dev.lathe.tokenizers.text.Graphemes;
import dev.lathe.tokenizers.text.Rewriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The rewriting rules of SentencePiece, as it compiles them: the size of a double-array trie over bytes, the trie, and
 * the texts that its values point into, each ending in a zero.
 */
final class Precompiled implements Normalizer {
    private static final int LONGEST = 5;

    private final int[] trie;
    private final byte[] texts;

    private Precompiled(int[] trie, byte[] texts) {
        this.trie = trie;
        this.texts = texts;
    }

    static Precompiled of(Config config) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(config.string("precompiled_charsmap"));
        } catch (IllegalArgumentException e) {
            throw config.bad("\"precompiled_charsmap\" is no Base64: " + e.getMessage());
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long size = bytes.length < 4 ? -1 : in.getInt() & 0xffffffffL;
        if (size < 0 || size > in.remaining()) {
            throw config.bad("\"precompiled_charsmap\" is cut short");
        }
        int[] trie = new int[(int) (size / 4)];
        in.asIntBuffer().get(trie);
        byte[] texts = new byte[in.remaining() - 4 * trie.length];
        in.position(in.position() + 4 * trie.length).get(texts);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(texts));
        } catch (CharacterCodingException e) {
            throw config.bad("the texts of \"precompiled_charsmap\" are no UTF-8");
        }
        return new Precompiled(trie, texts);
    }

    @Override
    public void normalize(AlignedText text) {
        if (trie.length == 0) {
            return;
        }
        Changes out = new Changes(text.length());
        Graphemes graphemes = new Graphemes(text);
        boolean modified = false;
        for (int from = 0; from < text.length(); ) {
            int to = graphemes.end(from);
            String norm = size(text, from, to) <= LONGEST ? rule(text, from, to) : null;
            if (norm != null) {
                replace(out, text, from, to, norm);
                modified = true;
            } else {
                for (int i = from; i < to; ) {
                    int next = i + Character.charCount(text.codePointAt(i));
                    String each = rule(text, i, next);
                    if (each != null) {
                        replace(out, text, i, next, each);
                        modified = true;
                    } else {
                        out.put(text.codePointAt(i), 0);
                    }
                    i = next;
                }
            }
            from = to;
        }
        if (modified) {
            out.apply(text);
        }
    }

    private static int size(AlignedText text, int from, int to) {
        int bytes = 0;
        for (int i = from; i < to && bytes <= LONGEST; ) {
            int c = text.codePointAt(i);
            bytes += ByteAlphabet.size(c);
            i += Character.charCount(c);
        }
        return bytes;
    }

    /** What a part becomes: the text of its shortest prefix that has one; null if none has. */
    private @Nullable String rule(AlignedText text, int from, int to) {
        int node = offset(trie[0]);
        for (int i = from; i < to; ) {
            int c = text.codePointAt(i);
            int size = ByteAlphabet.size(c);
            for (int b = 0; b < size; b++) {
                int label = ByteAlphabet.utf8(c, b);
                node ^= label;
                if (label == 0 || node < 0 || node >= trie.length || (trie[node] & 0x800000ff) != label) {
                    return null;
                }
                int unit = trie[node];
                node ^= offset(unit);
                if ((unit >> 8 & 1) == 1) {
                    return node >= 0 && node < trie.length ? text(trie[node] & 0x7fffffff) : null;
                }
            }
            i += Character.charCount(c);
        }
        return null;
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >> 6);
    }

    private @Nullable String text(int from) {
        if (from > texts.length) {
            return null;
        }
        int to = from;
        while (to < texts.length && texts[to] != 0) {
            to++;
        }
        return new String(texts, from, to - from, StandardCharsets.UTF_8);
    }

    private static void replace(Changes out, AlignedText text, int from, int to, String norm) {
        out.replace(Character.codePointCount(text.chars(), from, to - from), norm);
    }

    /** New characters under way; what replaces several old ones by fewer is known at the last of the new. */
    private static final class Changes {
        private int[] characters;
        private int[] changes;
        private int count;

        Changes(int capacity) {
            characters = new int[capacity + 16];
            changes = new int[capacity + 16];
        }

        void put(int c, int change) {
            if (count == characters.length) {
                characters = Arrays.copyOf(characters, Math.multiplyExact(2, count));
                changes = Arrays.copyOf(changes, characters.length);
            }
            characters[count] = c;
            changes[count++] = change;
        }

        void replace(int oldCount, String text) {
            int start = count;
            text.codePoints().forEach(c -> put(c, 0));
            int more = count - start - oldCount;
            for (int i = 0; i < more; i++) {
                changes[count - 1 - i] = 1;
            }
            if (more < 0 && count > 0) {
                changes[count - 1] += more;
            }
        }

        void apply(AlignedText text) {
            Rewriter out = new Rewriter(text, 0);
            for (int i = 0; i < count; i++) {
                out.put(characters[i], changes[i]);
            }
            out.finish();
        }
    }
}
