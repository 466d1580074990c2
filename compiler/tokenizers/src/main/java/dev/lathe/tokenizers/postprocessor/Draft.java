package dev.lathe.tokenizers.postprocessor;

import dev.lathe.tokenizers.json.Config;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tokens of a text under way, with all that is known of each. Not thread-safe. */
public final class Draft {
    /** More tokens than any text has that fits into memory, with what overflows. */
    private static final long MOST_TOKENS = 1 << 27;

    /** The text that starts and ends are of. */
    private final String text;

    private int size;
    private int[] ids;
    private int[] starts;
    private int[] ends;
    private int[] types;
    private int[] special;
    private int[] mask;
    /** What tokens read where that is not what the vocabulary says. */
    private @Nullable String @Nullable [] values;

    private List<Draft> overflow = List.of();

    public Draft(String text, int capacity) {
        this.text = text;
        this.ids = new int[capacity];
        this.starts = new int[capacity];
        this.ends = new int[capacity];
        this.types = new int[capacity];
        this.special = new int[capacity];
        this.mask = new int[capacity];
    }

    /** Adds a token of the text. */
    public void add(int id, int start, int end, @Nullable String value) {
        add(id, start, end, 0, 0, 1, value);
    }

    /** Adds a special token, of no text. */
    void addSpecial(int id, int type, String value) {
        add(id, 0, 0, type, 1, 1, value);
    }

    /** Adds a token that only fills up. */
    void addPadding(int id, int type, String value) {
        add(id, 0, 0, type, 1, 0, value);
    }

    private void add(int id, int start, int end, int type, int isSpecial, int counts, @Nullable String value) {
        if (size == ids.length) {
            grow(Math.multiplyExact(2, size) + 16);
        }
        ids[size] = id;
        starts[size] = start;
        ends[size] = end;
        types[size] = type;
        special[size] = isSpecial;
        mask[size] = counts;
        if (value != null && values == null) {
            values = new String[ids.length];
        }
        if (values != null) {
            values[size] = value;
        }
        size++;
    }

    private void grow(int capacity) {
        ids = Arrays.copyOf(ids, capacity);
        starts = Arrays.copyOf(starts, capacity);
        ends = Arrays.copyOf(ends, capacity);
        types = Arrays.copyOf(types, capacity);
        special = Arrays.copyOf(special, capacity);
        mask = Arrays.copyOf(mask, capacity);
        values = values == null ? null : Arrays.copyOf(values, capacity);
    }

    public int size() {
        return size;
    }

    String text() {
        return text;
    }

    public List<Draft> overflow() {
        return overflow;
    }

    void setOverflow(List<Draft> newOverflow) {
        overflow = newOverflow;
    }

    public int[] ids() {
        return Arrays.copyOf(ids, size);
    }

    public int[] starts() {
        return Arrays.copyOf(starts, size);
    }

    public int[] ends() {
        return Arrays.copyOf(ends, size);
    }

    public int[] types() {
        return Arrays.copyOf(types, size);
    }

    public int[] special() {
        return Arrays.copyOf(special, size);
    }

    public int[] mask() {
        return Arrays.copyOf(mask, size);
    }

    public @Nullable String @Nullable [] values() {
        return values == null ? null : Arrays.copyOf(values, size);
    }

    int id(int i) {
        return ids[i];
    }

    @Nullable
    String value(int i) {
        return values == null ? null : values[i];
    }

    int start(int i) {
        return starts[i];
    }

    int end(int i) {
        return ends[i];
    }

    void place(int i, int start, int end) {
        starts[i] = start;
        ends[i] = end;
    }

    /** Gives all tokens one type. */
    public void setTypes(int type) {
        Arrays.fill(types, 0, size, type);
    }

    Draft copy() {
        Draft copy = new Draft(text, size);
        copy.append(this);
        copy.overflow = overflow;
        return copy;
    }

    void append(Draft other) {
        if (size + other.size > ids.length) {
            grow(Math.addExact(size, other.size));
        }
        System.arraycopy(other.ids, 0, ids, size, other.size);
        System.arraycopy(other.starts, 0, starts, size, other.size);
        System.arraycopy(other.ends, 0, ends, size, other.size);
        System.arraycopy(other.types, 0, types, size, other.size);
        System.arraycopy(other.special, 0, special, size, other.size);
        System.arraycopy(other.mask, 0, mask, size, other.size);
        if (other.values != null) {
            if (values == null) {
                values = new String[ids.length];
            }
            System.arraycopy(other.values, 0, values, size, other.size);
        } else if (values != null) {
            Arrays.fill(values, size, size + other.size, null);
        }
        size += other.size;
    }

    private Draft part(int from, int to) {
        Draft part = new Draft(text, to - from);
        for (int i = from; i < to; i++) {
            part.add(ids[i], starts[i], ends[i], types[i], special[i], mask[i], value(i));
        }
        return part;
    }

    /**
     * One behind the other. What overflows of each is combined with the others, and with what overflows of these, which
     * overflows again.
     */
    static Draft joined(List<Draft> drafts) {
        long[] tokens = {0};
        Draft all = drafts.getFirst().copy();
        for (Draft next : drafts.subList(1, drafts.size())) {
            all = joined(all, next, tokens);
        }
        return all;
    }

    /** @param tokens how many tokens were copied so far, which is bounded */
    private static Draft joined(Draft first, Draft second, long[] tokens) {
        tokens[0] += first.size + second.size;
        limit(tokens[0]);
        Draft both = new Draft(first.text, first.size + second.size);
        both.append(first);
        both.append(second);
        if (!first.overflow.isEmpty() || !second.overflow.isEmpty()) {
            List<Draft> overflow = new ArrayList<>();
            for (Draft mine : first.overflow) {
                overflow.add(joined(mine, second, tokens));
                for (Draft theirs : second.overflow) {
                    overflow.add(joined(mine, theirs, tokens));
                }
            }
            for (Draft theirs : second.overflow) {
                overflow.add(joined(first, theirs, tokens));
            }
            both.overflow = overflow;
        }
        return both;
    }

    private static void limit(long tokens) {
        if (tokens > MOST_TOKENS) {
            throw Config.refusedText(
                    "what overflows of a text has more than " + MOST_TOKENS + " tokens",
                    "cut the text into shorter ones, or truncate with a smaller stride");
        }
    }

    /**
     * Keeps {@code most} tokens. The rest overflows, in parts of that length, each of which repeats {@code stride}
     * tokens of the one before.
     */
    void truncate(int most, int stride, boolean fromRight) {
        if (most >= size) {
            return;
        }
        if (most == 0) {
            Draft all = part(0, size);
            size = 0;
            overflow = List.of(all);
            return;
        }
        if (stride >= most) {
            throw Config.refusedText(
                    "the stride of truncation, " + stride + ", leaves nothing of " + most + " tokens",
                    "truncate to more tokens, or with a smaller stride");
        }
        int step = most - stride;
        limit((long) (size / step) * most);
        List<Draft> parts = new ArrayList<>();
        if (fromRight) {
            for (int start = 0; start < size; start += step) {
                int stop = Math.min(start + most, size);
                parts.add(part(start, stop));
                if (stop == size) {
                    break;
                }
            }
        } else {
            for (int stop = size; stop > 0; stop -= step) {
                int start = Math.max(0, stop - most);
                parts.add(part(start, stop));
                if (start == 0) {
                    break;
                }
            }
        }
        Draft kept = parts.getFirst();
        size = 0;
        append(kept);
        overflow = List.copyOf(parts.subList(1, parts.size()));
    }

    void pad(int length, Padding padding) {
        overflow.forEach(o -> o.pad(length, padding));
        if (size >= length) {
            return;
        }
        Draft tokens = padding.right() ? this : part(0, size);
        size = padding.right() ? size : 0;
        int missing = length - tokens.size;
        grow(length);
        for (int i = 0; i < missing; i++) {
            addPadding(padding.id(), padding.type(), padding.token());
        }
        if (!padding.right()) {
            append(tokens);
        }
    }
}
