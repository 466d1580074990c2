package dev.lathe.tokenizers.model;

import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.text.ByteAlphabet;
import dev.lathe.tokenizers.text.Trie;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts a text into the pieces whose scores have the largest sum. A character that no piece has costs more than any
 * piece; neighbours of that kind become one unknown token, or a token for each byte.
 */
final class Unigram implements Model {
    private static final double UNKNOWN_PENALTY = 10;

    private final Vocabulary vocabulary;
    private final double[] scores;
    private final double unknownScore;
    /** -1 if there is none. */
    private final int unknown;

    private final ByteTokens bytes;
    private final Trie pieces = new Trie();
    private final int root = pieces.root();

    private Unigram(List<String> words, double[] scores, int unknown, boolean fallsBackToBytes) {
        this.vocabulary = Vocabulary.of(words);
        this.scores = scores;
        this.unknown = unknown;
        this.bytes = ByteTokens.of(vocabulary, fallsBackToBytes);
        this.unknownScore = Arrays.stream(scores).min().orElse(0) - UNKNOWN_PENALTY;
        for (int i = 0; i < words.size(); i++) {
            pieces.add(root, words.get(i), i);
        }
    }

    static Unigram read(Config config) {
        List<?> vocab = config.list("vocab");
        List<String> words = new ArrayList<>(vocab.size());
        double[] scores = new double[vocab.size()];
        for (Object entry : vocab) {
            if (!(entry instanceof List<?> pair)
                    || pair.size() != 2
                    || !(pair.getFirst() instanceof String word)
                    || !(pair.getLast() instanceof Number score)) {
                throw config.bad("entry " + words.size() + " of its vocabulary is not a piece and its score");
            }
            scores[words.size()] = score.doubleValue();
            words.add(word);
        }
        int unknown = config.has("unk_id") ? config.integer("unk_id", words.size() - 1) : -1;
        return new Unigram(words, scores, unknown, config.flag("byte_fallback", false));
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public void tokenize(char[] text, int from, int to, Sink sink) {
        int size = to - from;
        double[] best = new double[size + 1];
        int[] starts = new int[size + 1];
        int[] ids = new int[size + 1];
        Arrays.fill(starts, -1);
        for (int at = 0; at < size; ) {
            int next = at + (Character.isHighSurrogate(text[from + at]) ? 2 : 1);
            boolean single = false;
            int node = root;
            for (int i = at; i < size; i++) {
                node = pieces.next(node, text[from + i]);
                if (node == Trie.NONE) {
                    break;
                }
                int id = pieces.value(node);
                if (id != Trie.NONE) {
                    offer(best, starts, ids, at, i + 1, id, scores[id]);
                    single |= i + 1 == next;
                }
            }
            if (!single) {
                if (unknown < 0 && (starts[next] < 0 || unknownScore + best[at] > best[next])) {
                    throw Models.noUnknown("unk_id");
                }
                offer(best, starts, ids, at, next, unknown, unknownScore);
            }
            at = next;
        }
        send(text, from, size, starts, ids, sink);
    }

    private static void offer(double[] best, int[] starts, int[] ids, int at, int end, int id, double score) {
        double sum = score + best[at];
        if (starts[end] < 0 || sum > best[end]) {
            best[end] = sum;
            starts[end] = at;
            ids[end] = id;
        }
    }

    /** Hands on the best path, found from its end; neighbours that are unknown are one. */
    private void send(char[] text, int from, int size, int[] starts, int[] ids, Sink sink) {
        int count = 0;
        int[] ends = new int[size];
        for (int end = size; end > 0; ) {
            ends[count++] = end;
            int id = ids[end];
            end = starts[end];
            while (id == unknown && end > 0 && ids[end] == unknown) {
                end = starts[end];
            }
        }
        int at = 0;
        for (int i = count - 1; i >= 0; i--) {
            piece(text, from + at, from + ends[i], sink);
            at = ends[i];
        }
    }

    /** Hands on a piece of the path; what is unknown may be a word all the same, once neighbours are joined. */
    private void piece(char[] text, int from, int to, Sink sink) {
        int id = pieces.find(root, text, from, to);
        if (id != Trie.NONE) {
            sink.token(id, from, to, null);
        } else if (bytes.has(text, from, to)) {
            for (int i = from; i < to; ) {
                int c = Character.codePointAt(text, i, to);
                for (int b = 0; b < ByteAlphabet.size(c); b++) {
                    sink.token(bytes.id(ByteAlphabet.utf8(c, b)), from, to, null);
                }
                i += Character.charCount(c);
            }
        } else if (unknown < 0) {
            throw Models.noUnknown("unk_id");
        } else {
            sink.token(unknown, from, to, new String(text, from, to - from));
        }
    }
}
