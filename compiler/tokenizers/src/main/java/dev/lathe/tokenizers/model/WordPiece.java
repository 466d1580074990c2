package dev.lathe.tokenizers.model;

import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.text.Trie;
import java.util.List;
import java.util.OptionalInt;

/**
 * Cuts a word from the left into the longest pieces there are. A piece that continues a word has a prefix in the
 * vocabulary. A word that cannot be cut is unknown as a whole.
 */
final class WordPiece implements Model {
    private final Vocabulary vocabulary;
    private final String unknown;
    private final OptionalInt unknownId;
    private final int longestWord;
    private final Trie pieces = new Trie();
    private final int starts;
    private final int continuations;
    private final WordCache cache = new WordCache();

    WordPiece(Vocabulary vocabulary, String unknown, String prefix, int longestWord) {
        this.vocabulary = vocabulary;
        this.unknown = unknown;
        this.unknownId = vocabulary.id(unknown);
        this.longestWord = longestWord;
        this.starts = pieces.root();
        this.continuations = pieces.root();
        vocabulary.ids().forEach((piece, id) -> {
            pieces.add(starts, piece, id);
            if (piece.startsWith(prefix)) {
                pieces.add(continuations, piece.substring(prefix.length()), id);
            }
        });
    }

    static WordPiece read(Config config) {
        return new WordPiece(
                Vocabulary.read(config),
                config.string("unk_token", "[UNK]"),
                config.string("continuing_subword_prefix", "##"),
                config.integer("max_input_chars_per_word", Integer.MAX_VALUE, 100));
    }

    /** The lines of a {@code vocab.txt}. */
    static WordPiece of(List<String> lines) {
        return new WordPiece(Vocabulary.of(lines), "[UNK]", "##", 100);
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public void tokenize(char[] text, int from, int to, Sink sink) {
        cache.send(text, from, to, sink, this::pieces);
    }

    private int[] pieces(char[] text, int from, int to) {
        TokenBuffer tokens = new TokenBuffer();
        if (to - from > longestWord && Character.codePointCount(text, from, to - from) > longestWord) {
            return unknown(to - from);
        }
        for (int at = from; at < to; ) {
            int node = at == from ? starts : continuations;
            int id = Trie.NONE;
            int end = at;
            for (int i = at; i < to; i++) {
                node = pieces.next(node, text[i]);
                if (node == Trie.NONE) {
                    break;
                }
                if (pieces.value(node) != Trie.NONE) {
                    id = pieces.value(node);
                    end = i + 1;
                }
            }
            if (id == Trie.NONE) {
                return unknown(to - from);
            }
            tokens.add(id, at - from, end - from);
            at = end;
        }
        return tokens.toArray();
    }

    private int[] unknown(int length) {
        return new int[] {unknownId.orElseThrow(() -> Models.noUnknown(unknown)), 0, length};
    }
}
