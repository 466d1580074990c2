package dev.lathe.tokenizers.model;

import java.util.Arrays;

/** A word while its symbols are merged: a list of symbols, each with its id and how many bytes it stands for. */
final class BpeWord {
    private int[] ids;
    private int[] bytes;
    private int[] previous = {};
    private int[] next = {};
    private int size;

    BpeWord(int capacity) {
        this.ids = new int[capacity + 4];
        this.bytes = new int[capacity + 4];
    }

    void add(int id, int byteCount) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, Math.multiplyExact(2, size));
            bytes = Arrays.copyOf(bytes, ids.length);
        }
        ids[size] = id;
        bytes[size] = byteCount;
        size++;
    }

    int size() {
        return size;
    }

    int id(int symbol) {
        return ids[symbol];
    }

    int bytes(int symbol) {
        return bytes[symbol];
    }

    /** The symbol behind another; -1 behind the last. */
    int next(int symbol) {
        return next[symbol];
    }

    /** Merges neighbours, lowest rank first, from the left where ranks are equal. */
    void merge(Merges merges) {
        previous = new int[size];
        next = new int[size];
        LongHeap queue = new LongHeap(size);
        for (int i = 0; i < size; i++) {
            previous[i] = i - 1;
            next[i] = i + 1 < size ? i + 1 : -1;
            if (i + 1 < size) {
                offer(merges, queue, i, i + 1);
            }
        }
        while (!queue.isEmpty()) {
            long top = queue.poll();
            int left = (int) top;
            int rank = (int) (top >>> 32);
            int right = bytes[left] == 0 ? -1 : next[left];
            if (right < 0) {
                continue; // merged in the meantime
            }
            int now = merges.rank(ids[left], ids[right]);
            if (now < 0 || merges.merged(now) != merges.merged(rank)) {
                continue; // another pair stands there now
            }
            ids[left] = merges.merged(rank);
            bytes[left] += bytes[right];
            bytes[right] = 0;
            next[left] = next[right];
            if (next[right] >= 0) {
                previous[next[right]] = left;
            }
            if (previous[left] >= 0) {
                offer(merges, queue, previous[left], left);
            }
            if (next[left] >= 0) {
                offer(merges, queue, left, next[left]);
            }
        }
    }

    private void offer(Merges merges, LongHeap queue, int left, int right) {
        int rank = merges.rank(ids[left], ids[right]);
        if (rank >= 0) {
            queue.add((long) rank << 32 | left);
        }
    }
}
