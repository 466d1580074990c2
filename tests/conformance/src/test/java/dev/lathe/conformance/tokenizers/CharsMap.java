package dev.lathe.conformance.tokenizers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A small {@code precompiled_charsmap} of SentencePiece: rules that rewrite a text by another, as a double-array trie
 * of their bytes. A unit holds its label, whether a value is behind it, and the distance to its children.
 */
final class CharsMap {
    private static final Map<String, String> RULES = Map.of(
            "ﬁ", "fi", "Å", "A", "e\u0301", "é", "①", "1", "\u3000", " ", "\u200b", "", "ｶﾞ", "ガ", "½", "1⁄2", "İ", "i",
            "한", "한");

    private final List<Integer> units = new ArrayList<>();
    private final BitSet taken = new BitSet();

    String base64() {
        StringBuilder texts = new StringBuilder();
        TreeMap<String, Integer> values = new TreeMap<>();
        RULES.forEach((from, to) -> {
            values.put(
                    new String(from.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1),
                    texts.toString().getBytes(StandardCharsets.UTF_8).length);
            texts.append(to).append('\0');
        });
        for (int i = 0; i < 4096; i++) {
            units.add(0);
        }
        taken.set(0);
        place(0, "", values);
        byte[] tail = texts.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(4 + 4 * units.size() + tail.length).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(4 * units.size());
        units.forEach(out::putInt);
        out.put(tail);
        return Base64.getEncoder().encodeToString(out.array());
    }

    /** Places the children of a node, whose path is {@code path}, somewhere that is free. */
    private void place(int node, String path, TreeMap<String, Integer> values) {
        BitSet labels = new BitSet();
        values.tailMap(path).keySet().stream()
                .takeWhile(k -> k.startsWith(path))
                .filter(k -> k.length() > path.length())
                .forEach(k -> labels.set(k.charAt(path.length())));
        Integer value = values.get(path);
        for (int base = 256; ; base++) {
            int free = base;
            boolean fits = labels.stream().allMatch(l -> !taken.get(free ^ l)) && (value == null || !taken.get(free));
            int offset = base ^ node;
            if (!fits || offset >= 1 << 21) {
                continue;
            }
            units.set(node, units.get(node) | offset << 10 | (value == null ? 0 : 1 << 8));
            if (value != null) {
                taken.set(base);
                units.set(base, value | 1 << 31);
            }
            labels.stream().forEach(l -> {
                taken.set(free ^ l);
                units.set(free ^ l, l);
            });
            labels.stream().forEach(l -> place(free ^ l, path + (char) l, values));
            return;
        }
    }
}
