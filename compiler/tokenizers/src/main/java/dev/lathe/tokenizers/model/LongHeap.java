package dev.lathe.tokenizers.model;

import java.util.Arrays;

/** Numbers, of which the least comes out first. */
final class LongHeap {
    private long[] heap;
    private int size;

    LongHeap(int capacity) {
        this.heap = new long[capacity + 4];
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(long n) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, Math.multiplyExact(2, size));
        }
        int i = size++;
        while (i > 0 && heap[i - 1 >> 1] > n) {
            heap[i] = heap[i - 1 >> 1];
            i = i - 1 >> 1;
        }
        heap[i] = n;
    }

    long poll() {
        long least = heap[0];
        long last = heap[--size];
        int i = 0;
        while (2 * i + 1 < size) {
            int child = 2 * i + 1;
            if (child + 1 < size && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= last) {
                break;
            }
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = last;
        return least;
    }
}
