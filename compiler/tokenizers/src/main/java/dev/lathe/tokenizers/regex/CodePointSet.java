package dev.lathe.tokenizers.regex;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntPredicate;

/** A set of characters, as bits that are worked out when a character of their page is first asked for. */
final class CodePointSet {
    private static final int PAGE = 256;

    private final IntPredicate members;
    private final long low;
    private final long high;
    private final AtomicReferenceArray<long[]> pages = new AtomicReferenceArray<>(0x110000 / PAGE);

    CodePointSet(IntPredicate members) {
        this.members = members;
        this.low = bits(0);
        this.high = bits(64);
    }

    private long bits(int from) {
        long bits = 0;
        for (int i = 0; i < 64; i++) {
            bits |= members.test(from + i) ? 1L << i : 0;
        }
        return bits;
    }

    boolean contains(int c) {
        if (c < 128) {
            return ((c < 64 ? low : high) >> c & 1) != 0;
        }
        long[] page = pages.get(c / PAGE);
        if (page == null) {
            page = new long[PAGE / 64];
            for (int i = 0; i < page.length; i++) {
                page[i] = bits(c / PAGE * PAGE + 64 * i);
            }
            pages.set(c / PAGE, page);
        }
        return (page[c / 64 & 3] >> c & 1) != 0;
    }
}
