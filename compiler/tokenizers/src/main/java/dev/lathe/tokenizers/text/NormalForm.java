package dev.lathe.tokenizers.text;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;

/** Unicode's normal forms, of a text that keeps its alignment. */
public enum NormalForm {
    NFD(Normalizer.Form.NFD, false, false, 0xc0),
    NFKD(Normalizer.Form.NFKD, true, false, 0xa0),
    NFC(Normalizer.Form.NFC, false, true, 0x300),
    NFKC(Normalizer.Form.NFKC, true, true, 0xa0);

    private final Normalizer.Form form;
    private final boolean compatibly;
    private final boolean composes;
    /** Characters below this are themselves, whatever stands beside them. */
    private final int unchanged;

    NormalForm(Normalizer.Form form, boolean compatibly, boolean composes, int unchanged) {
        this.form = form;
        this.compatibly = compatibly;
        this.composes = composes;
        this.unchanged = unchanged;
    }

    /** A character under way: what it is, how it relates to the old text, and its order among combining marks. */
    private record Item(int codePoint, int change, int rank) {}

    /** Brings a text into this form. */
    public void apply(AlignedText text) {
        if (text.isWhole() && (text.isBelow(unchanged) || Normalizer.isNormalized(text.toString(), form))) {
            return;
        }
        NormalForms tables = NormalForms.tables();
        Rewriter out = new Rewriter(text, 0);
        List<Item> items = decomposed(text, tables);
        if (composes) {
            compose(items, tables, out);
        } else {
            items.forEach(i -> out.put(i.codePoint, i.change));
        }
        out.finish();
    }

    private List<Item> decomposed(AlignedText text, NormalForms tables) {
        List<Item> items = new ArrayList<>(text.length());
        int sorted = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            int[] parts = c < unchanged && c < 0xc0 ? null : tables.decomposed(c, compatibly);
            if (parts == null) {
                sorted = add(items, new Item(c, 0, tables.rank(c)), sorted);
            } else {
                for (int p = 0; p < parts.length; p++) {
                    sorted = add(items, new Item(parts[p], p == 0 ? 0 : 1, tables.rank(parts[p])), sorted);
                }
            }
        }
        sort(items, sorted);
        return items;
    }

    private static int add(List<Item> items, Item item, int sorted) {
        if (item.rank == 0) {
            sort(items, sorted);
            items.add(item);
            return items.size();
        }
        items.add(item);
        return sorted;
    }

    private static void sort(List<Item> items, int from) {
        if (items.size() - from > 1) {
            items.subList(from, items.size()).sort((a, b) -> Integer.compare(a.rank, b.rank));
        }
    }

    /** Composes each starter with the marks behind it that no other mark of their class keeps from it. */
    private static void compose(List<Item> items, NormalForms tables, Rewriter out) {
        Item starter = null;
        List<Item> marks = new ArrayList<>();
        for (Item item : items) {
            if (starter == null) {
                if (item.rank != 0) {
                    out.put(item.codePoint, item.change);
                } else {
                    starter = item;
                }
                continue;
            }
            boolean blocked = !marks.isEmpty() && marks.getLast().rank >= item.rank;
            int both = blocked ? -1 : tables.composed(starter.codePoint, item.codePoint);
            if (both >= 0) {
                starter = new Item(both, starter.change + item.change - 1, 0);
            } else if (item.rank == 0) {
                put(starter, marks, out);
                starter = item;
            } else {
                marks.add(item);
            }
        }
        if (starter != null) {
            put(starter, marks, out);
        }
    }

    private static void put(Item starter, List<Item> marks, Rewriter out) {
        out.put(starter.codePoint, starter.change);
        marks.forEach(m -> out.put(m.codePoint, m.change));
        marks.clear();
    }
}
