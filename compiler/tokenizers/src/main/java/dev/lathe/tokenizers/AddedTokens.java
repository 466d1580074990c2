package dev.lathe.tokenizers;

import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.model.Vocabulary;
import dev.lathe.tokenizers.normalizer.Normalizer;
import dev.lathe.tokenizers.pretokenizer.Pieces;
import dev.lathe.tokenizers.text.AlignedText;
import dev.lathe.tokenizers.text.CodePoints;
import dev.lathe.tokenizers.text.Trie;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that were added to a vocabulary. They are found in a text before it is cut, the leftmost first and the longest
 * of those: some in the text as it is, others once it is normalized. Immutable.
 */
final class AddedTokens {
    /** A token, and how it is found. */
    private record Added(
            String content,
            boolean wholeWord,
            boolean takesLeft,
            boolean takesRight,
            boolean normalized,
            boolean special) {
        static Added read(Config config) {
            return new Added(
                    config.string("content"),
                    config.flag("single_word", false),
                    config.flag("lstrip", false),
                    config.flag("rstrip", false),
                    config.flag("normalized", true),
                    config.flag("special", false));
        }
    }

    /** Tokens as a trie, with the units that one may start with. */
    private static final class Finder {
        private final Trie trie = new Trie();
        private final int root = trie.root();
        private final BitSet firsts = new BitSet();

        void add(String content, int id) {
            // Of two that are equal the first counts; one that is empty is nowhere.
            char[] chars = content.toCharArray();
            if (chars.length > 0 && trie.find(root, chars, 0, chars.length) == Trie.NONE) {
                trie.add(root, content, id);
                firsts.set(chars[0]);
            }
        }

        boolean isEmpty() {
            return firsts.isEmpty();
        }

        boolean mayStart(char c) {
            return firsts.get(c);
        }
    }

    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<Integer, Added> tokens = new HashMap<>();
    private final Set<String> special = new HashSet<>();
    private final Finder asIs = new Finder();
    private final Finder normalized = new Finder();

    AddedTokens(List<Config> configs, Vocabulary vocabulary, @Nullable Normalizer normalizer) {
        List<Added> all = configs.stream().map(Added::read).toList();
        Map<Added, Boolean> found = new LinkedHashMap<>();
        for (Added token : all) {
            if (token.special && !token.content.isEmpty() && special.add(token.content)) {
                found.put(token, true);
            }
        }
        int largest = -1;
        for (Added token : all) {
            if (token.content.isEmpty() || token.equals(tokens.get(ids.getOrDefault(token.content, -1)))) {
                continue;
            }
            Integer id = ids.get(token.content);
            if (id == null) {
                int next = Math.max(largest + 1, vocabulary.size());
                id = vocabulary.id(token.content).orElse(next);
            }
            ids.put(token.content, id);
            tokens.put(id, token);
            largest = Math.max(largest, id);
            if (!special.contains(token.content)) {
                found.put(token, true);
            }
        }
        for (Added token : found.keySet()) {
            int id = ids.getOrDefault(token.content, -1);
            if (!token.normalized) {
                asIs.add(token.content, id);
            } else if (normalizer == null) {
                normalized.add(token.content, id);
            } else {
                AlignedText text = AlignedText.of(token.content);
                normalizer.normalize(text);
                normalized.add(text.toString(), id);
            }
        }
    }

    /** The id of an added token; null if there is none of that name. */
    @Nullable
    Integer id(String content) {
        return ids.get(content);
    }

    /** The added token of an id; null if there is none. */
    @Nullable
    String content(int id) {
        Added token = tokens.get(id);
        return token == null ? null : token.content;
    }

    boolean isSpecial(String content) {
        return special.contains(content);
    }

    Set<String> contents() {
        return ids.keySet();
    }

    /** A text, normalized, with the added tokens that are in it as pieces of their own. */
    Pieces extract(String sequence, @Nullable Normalizer normalizer) {
        AlignedText text = AlignedText.of(sequence);
        Pieces pieces = new Pieces(text);
        find(asIs, text, 0, text.length(), pieces);
        if (normalizer != null) {
            pieces.rewrite(part -> {
                normalizer.normalize(part);
                return part;
            });
        }
        if (!normalized.isEmpty()) {
            pieces.cut((t, from, to, parts) -> find(normalized, t, from, to, parts));
        } else if (normalizer != null) {
            pieces.cut((t, from, to, parts) -> parts.add(from, to, Pieces.NONE));
        }
        return pieces;
    }

    private void find(Finder finder, AlignedText text, int from, int to, Pieces parts) {
        int open = from;
        if (!finder.isEmpty()) {
            char[] chars = text.chars();
            for (int i = from; i < to; ) {
                int end = finder.mayStart(chars[i]) ? longest(finder, chars, i, to) : -1;
                if (end < 0) {
                    i++;
                    continue;
                }
                open = take(finder, text, i, end, from, to, open, parts);
                i = end;
            }
        }
        parts.add(open, to, Pieces.NONE);
    }

    private static int longest(Finder finder, char[] chars, int from, int to) {
        int node = finder.root;
        int end = -1;
        for (int i = from; i < to; i++) {
            node = finder.trie.next(node, chars[i]);
            if (node == Trie.NONE) {
                break;
            }
            if (finder.trie.value(node) != Trie.NONE) {
                end = i + 1;
            }
        }
        return end;
    }

    /** Adds a token that was found, and what is before it from {@code open} on; returns where the rest starts. */
    private int take(Finder finder, AlignedText text, int start, int end, int from, int to, int open, Pieces parts) {
        int id = finder.trie.find(finder.root, text.chars(), start, end);
        Added token = tokens.get(id);
        if (token == null) {
            return open;
        }
        if (token.wholeWord && (start > from && isWord(text, start, -1) || end < to && isWord(text, end, 1))) {
            return open;
        }
        int first = start;
        while (token.takesLeft && first > from && CodePoints.isWhitespace(text.chars()[first - 1])) {
            first--;
        }
        first = token.takesLeft ? Math.max(first, open) : first;
        int last = end;
        while (token.takesRight && last < to && CodePoints.isWhitespace(text.chars()[last])) {
            last++;
        }
        parts.add(open, first, Pieces.NONE);
        parts.add(first, last, id);
        return last;
    }

    private static boolean isWord(AlignedText text, int at, int direction) {
        int c = direction > 0 ? text.codePointAt(at) : Character.codePointBefore(text.chars(), at);
        return CodePoints.isWord(c) || c == 0x200c || c == 0x200d;
    }
}
