package dev.lathe.tokenizers.text;

import java.util.Arrays;

/** Words as paths of UTF-16 units, several sets of them from several roots. Immutable once it is filled. */
public final class Trie {
    /** The node of no word. */
    public static final int NONE = -1;

    /** At each place the node and unit that lead to a node, as one number; -1 where there is none. */
    private long[] edges = new long[1 << 10];

    private int[] targets = new int[1 << 10];
    private int shift = 64 - 10;
    private int edgeCount;
    private int[] values = new int[1 << 10];
    private int nodes;

    public Trie() {
        Arrays.fill(edges, -1);
    }

    /** A new root. */
    public int root() {
        return node();
    }

    private int node() {
        if (nodes == values.length) {
            values = Arrays.copyOf(values, 2 * nodes);
        }
        values[nodes] = NONE;
        return nodes++;
    }

    /** Adds a word below a root; of two that are equal the last counts. */
    public void add(int root, CharSequence word, int value) {
        int node = root;
        for (int i = 0; i < word.length(); i++) {
            int next = next(node, word.charAt(i));
            if (next == NONE) {
                next = node();
                put((long) node << 16 | word.charAt(i), next);
            }
            node = next;
        }
        values[node] = value;
    }

    private void put(long edge, int target) {
        if (2 * ++edgeCount > edges.length) {
            long[] oldEdges = edges;
            int[] oldTargets = targets;
            edges = new long[2 * oldEdges.length];
            targets = new int[edges.length];
            shift--;
            Arrays.fill(edges, -1);
            for (int i = 0; i < oldEdges.length; i++) {
                if (oldEdges[i] >= 0) {
                    insert(oldEdges[i], oldTargets[i]);
                }
            }
        }
        insert(edge, target);
    }

    private void insert(long edge, int target) {
        int i = place(edge);
        while (edges[i] >= 0) {
            i = i + 1 & edges.length - 1;
        }
        edges[i] = edge;
        targets[i] = target;
    }

    private int place(long edge) {
        return (int) (edge * 0x9e3779b97f4a7c15L >>> shift);
    }

    /** The node that a unit leads to. */
    public int next(int node, char unit) {
        long edge = (long) node << 16 | unit;
        int i = place(edge);
        while (true) {
            long found = edges[i];
            if (found == edge) {
                return targets[i];
            }
            if (found < 0) {
                return NONE;
            }
            i = i + 1 & edges.length - 1;
        }
    }

    /** The value of the word that ends at a node; {@link #NONE} if none does. */
    public int value(int node) {
        return values[node];
    }

    /** The value of a whole word; {@link #NONE} if it is none. */
    public int find(int root, char[] text, int from, int to) {
        int node = root;
        for (int i = from; i < to; i++) {
            node = next(node, text[i]);
            if (node == NONE) {
                return NONE;
            }
        }
        return values[node];
    }
}
