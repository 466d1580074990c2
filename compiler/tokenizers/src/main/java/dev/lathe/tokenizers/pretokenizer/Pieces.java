package dev.lathe.tokenizers.pretokenizer;

import dev.lathe.tokenizers.text.AlignedText;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** A text in pieces, in order. Some are tokens already: those that were added to the vocabulary. Not thread-safe. */
public final class Pieces {
    /** The token of a piece that is none yet. */
    public static final int NONE = -1;

    private AlignedText text;
    private int[] from = new int[16];
    private int[] to = new int[16];
    private int[] origin = new int[16];
    private int[] token = new int[16];
    private int count;

    /** A text without any piece. */
    public Pieces(AlignedText text) {
        this.text = text;
    }

    public AlignedText text() {
        return text;
    }

    public int count() {
        return count;
    }

    public int from(int piece) {
        return from[piece];
    }

    public int to(int piece) {
        return to[piece];
    }

    /** The token that a piece is, or {@link #NONE}. */
    public int token(int piece) {
        return token[piece];
    }

    /** Where in the original text a piece starts. */
    public int origin(int piece) {
        return origin[piece];
    }

    /** Adds a piece behind the others; nothing if it is empty. */
    public void add(int start, int end, int id) {
        if (start < end) {
            add(start, end, text.start(start), id);
        }
    }

    private void add(int start, int end, int original, int id) {
        if (count == from.length) {
            int capacity = Math.multiplyExact(2, count);
            from = Arrays.copyOf(from, capacity);
            to = Arrays.copyOf(to, capacity);
            origin = Arrays.copyOf(origin, capacity);
            token = Arrays.copyOf(token, capacity);
        }
        from[count] = start;
        to[count] = end;
        origin[count] = original;
        token[count] = id;
        count++;
    }

    /** Cuts a piece: adds parts of it, between {@code start} and {@code end}, to {@code parts}. */
    public interface Cut {
        void cut(AlignedText text, int start, int end, Pieces parts);
    }

    /** Cuts all that are no token. What a cut leaves out is gone. */
    public void cut(Cut cut) {
        Pieces parts = new Pieces(text);
        for (int p = 0; p < count; p++) {
            if (token[p] == NONE) {
                cut.cut(text, from[p], to[p], parts);
            } else {
                parts.add(from[p], to[p], origin[p], token[p]);
            }
        }
        from = parts.from;
        to = parts.to;
        origin = parts.origin;
        token = parts.token;
        count = parts.count;
    }

    /** Rewrites all that are no token, each on its own; a rewrite may return the text that it got. */
    public void rewrite(UnaryOperator<AlignedText> rewrite) {
        if (count == 1 && token[0] == NONE && from[0] == 0 && to[0] == text.length() && text.origin() == origin[0]) {
            text = rewrite.apply(text);
            to[0] = text.length();
            count = to[0] == 0 ? 0 : 1;
            return;
        }
        AlignedText[] parts = new AlignedText[count];
        int kept = 0;
        int at = 0;
        for (int p = 0; p < count; p++) {
            AlignedText part = text.slice(from[p], to[p]);
            if (token[p] == NONE) {
                part = rewrite.apply(part);
            }
            if (part.length() > 0) {
                parts[kept] = part;
                from[kept] = at;
                at = Math.addExact(at, part.length());
                to[kept] = at;
                origin[kept] = origin[p];
                token[kept] = token[p];
                kept++;
            }
        }
        count = kept;
        text = AlignedText.joined(parts, kept);
    }

    /** Writes the bytes of all that are no token as characters of the byte alphabet. */
    public void writeBytes() {
        for (int p = 0; p < count; p++) {
            if (token[p] != NONE) {
                rewrite(AlignedText::withBytes);
                return;
            }
        }
        int[] places = text.writeBytes();
        for (int p = 0; p < count && places != null; p++) {
            from[p] = places[from[p]];
            to[p] = places[to[p]];
        }
    }
}
