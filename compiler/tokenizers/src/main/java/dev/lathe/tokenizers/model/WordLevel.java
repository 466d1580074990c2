package dev.lathe.tokenizers.model;

import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.text.Trie;
import java.util.OptionalInt;

/** A token for each word of the vocabulary, and one for all others. */
final class WordLevel implements Model {
    private final Vocabulary vocabulary;
    private final String unknown;
    private final OptionalInt unknownId;
    private final Trie words = new Trie();
    private final int root = words.root();

    WordLevel(Vocabulary vocabulary, String unknown) {
        this.vocabulary = vocabulary;
        this.unknown = unknown;
        this.unknownId = vocabulary.id(unknown);
        vocabulary.ids().forEach((word, id) -> words.add(root, word, id));
    }

    static WordLevel read(Config config) {
        return new WordLevel(Vocabulary.read(config), config.string("unk_token"));
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public void tokenize(char[] text, int from, int to, Sink sink) {
        int id = words.find(root, text, from, to);
        sink.token(id == Trie.NONE ? unknownId.orElseThrow(() -> Models.noUnknown(unknown)) : id, from, to, null);
    }
}
