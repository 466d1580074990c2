package dev.lathe.tokenizers.model;

import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.text.ByteAlphabet;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Byte-pair encoding: a word starts as its characters, and of all neighbours that have a merge those with the lowest
 * rank become one, until none has.
 */
final class Bpe implements Model {
    /** How a file wants unknown characters and ends of words. */
    private record Options(
            String unknown,
            boolean fusesUnknown,
            String prefix,
            String suffix,
            boolean fallsBackToBytes,
            boolean ignoresMerges) {}

    private final Vocabulary vocabulary;
    private final Merges merges;
    private final Options options;
    private final OptionalInt unknownId;
    private final ByteTokens bytes;
    /** The ids of characters of one unit, -1 where there is none. */
    private final int[] characters = new int[0x10000];

    private final WordCache cache = new WordCache();

    private Bpe(Vocabulary vocabulary, Merges merges, Options options) {
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.options = options;
        this.unknownId = options.unknown.isEmpty() ? OptionalInt.empty() : vocabulary.id(options.unknown);
        this.bytes = ByteTokens.of(vocabulary, options.fallsBackToBytes);
        Arrays.fill(characters, -1);
        for (Map.Entry<String, Integer> word : vocabulary.ids().entrySet()) {
            if (word.getKey().length() == 1) {
                characters[word.getKey().charAt(0)] = word.getValue();
            }
        }
    }

    static Bpe read(Config config) {
        if (config.get("dropout") instanceof Number dropout && dropout.doubleValue() != 0) {
            throw config.unsupported("\"dropout\", which makes tokens a matter of chance,");
        }
        Options options = new Options(
                config.string("unk_token", ""),
                config.flag("fuse_unk", false),
                config.string("continuing_subword_prefix", ""),
                config.string("end_of_word_suffix", ""),
                config.flag("byte_fallback", false),
                config.flag("ignore_merges", false));
        Vocabulary vocabulary = Vocabulary.read(config);
        return new Bpe(vocabulary, Merges.read(config, vocabulary, options.prefix), options);
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public void tokenize(char[] text, int from, int to, Sink sink) {
        cache.send(text, from, to, sink, this::tokens);
    }

    private int[] tokens(char[] text, int from, int to) {
        if (options.ignoresMerges) {
            OptionalInt whole = vocabulary.id(new String(text, from, to - from));
            if (whole.isPresent()) {
                return new int[] {whole.getAsInt(), 0, to - from};
            }
        }
        BpeWord word = new BpeWord(to - from);
        fill(word, text, from, to);
        word.merge(merges);
        return placed(word, text, from, to);
    }

    private void fill(BpeWord word, char[] text, int from, int to) {
        int unknownSize = 0;
        for (int i = from; i < to; ) {
            int c = Character.codePointAt(text, i, to);
            int next = i + Character.charCount(c);
            int size = ByteAlphabet.size(c);
            boolean prefixed = i > from && !options.prefix.isEmpty();
            boolean suffixed = next == to && !options.suffix.isEmpty();
            int id = !prefixed && !suffixed && c < 0x10000
                    ? characters[c]
                    : vocabulary
                            .id((prefixed ? options.prefix : "")
                                    + Character.toString(c)
                                    + (suffixed ? options.suffix : ""))
                            .orElse(-1);
            if (id >= 0) {
                if (unknownSize > 0) {
                    word.add(unknown(), unknownSize);
                    unknownSize = 0;
                }
                word.add(id, size);
            } else if (hasBytes(c, prefixed, suffixed)) {
                addBytes(word, prefixed ? options.prefix : "");
                for (int b = 0; b < size; b++) {
                    word.add(bytes.id(ByteAlphabet.utf8(c, b)), 1);
                }
                addBytes(word, suffixed ? options.suffix : "");
            } else if (!options.unknown.isEmpty()) {
                if (unknownSize > 0 && !options.fusesUnknown) {
                    word.add(unknown(), unknownSize);
                    unknownSize = 0;
                }
                unknownSize += size;
            }
            i = next;
        }
        if (unknownSize > 0) {
            word.add(unknown(), unknownSize);
        }
    }

    private int unknown() {
        return unknownId.orElseThrow(() -> Models.noUnknown(options.unknown));
    }

    private boolean hasBytes(int c, boolean prefixed, boolean suffixed) {
        if (!options.fallsBackToBytes) {
            return false;
        }
        char[] all = ((prefixed ? options.prefix : "") + Character.toString(c) + (suffixed ? options.suffix : ""))
                .toCharArray();
        return bytes.has(all, 0, all.length);
    }

    private void addBytes(BpeWord word, String affix) {
        affix.codePoints().forEach(c -> {
            for (int b = 0; b < ByteAlphabet.size(c); b++) {
                word.add(bytes.id(ByteAlphabet.utf8(c, b)), 1);
            }
        });
    }

    /** The symbols of a word with their places; a symbol that is part of a character has that character's place. */
    private static int[] placed(BpeWord word, char[] text, int from, int to) {
        TokenBuffer tokens = new TokenBuffer();
        int at = from;
        int byteAt = 0;
        int start = 0;
        for (int s = 0; s >= 0 && s < word.size(); s = word.next(s)) {
            int end = start + word.bytes(s);
            while (at < to && byteAt + size(text, at, to) <= start) {
                byteAt += size(text, at, to);
                at += units(text, at, to);
            }
            int first = at;
            while (at < to && byteAt + size(text, at, to) < end) {
                byteAt += size(text, at, to);
                at += units(text, at, to);
            }
            int last = at < to ? at + units(text, at, to) : to;
            tokens.add(word.id(s), first - from, last - from);
            start = end;
        }
        return tokens.toArray();
    }

    private static int size(char[] text, int at, int to) {
        return ByteAlphabet.size(Character.codePointAt(text, at, to));
    }

    private static int units(char[] text, int at, int to) {
        return Character.charCount(Character.codePointAt(text, at, to));
    }
}
