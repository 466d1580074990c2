package dev.lathe.conformance.tokenizers;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.tokenizers.Encoding;
import dev.lathe.tokenizers.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Whether a tokenizer says of a text what the reference says. */
final class Comparison {
    private final Tokenizer tokenizer;
    private final HuggingFace reference;

    Comparison(Tokenizer tokenizer, HuggingFace reference) {
        this.tokenizer = tokenizer;
        this.reference = reference;
    }

    /** A text as it is once it is valid UTF-16, which the reference wants. */
    static String valid(String text) {
        StringBuilder valid = new StringBuilder();
        text.codePoints().forEach(c -> valid.appendCodePoint(c >= 0xd800 && c < 0xe000 ? 0xfffd : c));
        return valid.toString();
    }

    /** What differs; empty if nothing does, or if both refuse the text. */
    Optional<String> encode(String text) {
        return differs(() -> tokenizer.encode(text), () -> reference.encode(valid(text)), text, text);
    }

    /** {@link #encode} of two texts. */
    Optional<String> encodePair(String text, String pair) {
        return differs(
                () -> tokenizer.encode(text, pair), () -> reference.encode(valid(text), valid(pair)), text, pair);
    }

    /** Whether the tokenizer refuses a text. */
    boolean refuses(String text) {
        try {
            tokenizer.encode(text);
            return false;
        } catch (LatheException e) {
            return true;
        }
    }

    private Optional<String> differs(
            Supplier<Encoding> ours, Supplier<HuggingFace.Answer> theirs, String text, String pair) {
        HuggingFace.Answer expected;
        try {
            expected = theirs.get();
        } catch (RuntimeException refused) {
            try {
                return Optional.of("the reference refuses it, and not " + ours.get() + ": " + refused.getMessage());
            } catch (LatheException e) {
                return Optional.empty();
            }
        }
        try {
            Encoding found = ours.get();
            return differs(found, expected, text, pair).or(() -> decode(found.ids()));
        } catch (LatheException e) {
            return Optional.of("it is refused: " + e.getMessage());
        }
    }

    Optional<String> encodeAll(List<String> texts) {
        List<Encoding> ours = tokenizer.encodeAll(texts);
        List<HuggingFace.Answer> theirs =
                reference.encodeAll(texts.stream().map(Comparison::valid).toList());
        for (int i = 0; i < texts.size(); i++) {
            Optional<String> differs = differs(ours.get(i), theirs.get(i), texts.get(i), texts.get(i));
            if (differs.isPresent()) {
                return differs;
            }
        }
        return Optional.empty();
    }

    Optional<String> decode(int[] ids) {
        for (boolean skips : new boolean[] {false, true}) {
            String ours = tokenizer.decode(ids, skips);
            String theirs = reference.decode(longs(ids), skips);
            if (!ours.equals(theirs)) {
                return Optional.of("decoded <" + ours + ">, not <" + theirs + ">");
            }
        }
        return Optional.empty();
    }

    private static long[] longs(int[] ints) {
        return Arrays.stream(ints).asLongStream().toArray();
    }

    private static Optional<String> differs(Encoding ours, HuggingFace.Answer theirs, String text, String pair) {
        if (!Arrays.equals(longs(ours.ids()), theirs.ids()) || !ours.tokens().equals(theirs.tokens())) {
            return Optional.of(Arrays.toString(ours.ids()) + ours.tokens() + "\n not " + Arrays.toString(theirs.ids())
                    + theirs.tokens());
        }
        if (!Arrays.equals(longs(ours.typeIds()), theirs.types())) {
            return Optional.of(
                    "types " + Arrays.toString(ours.typeIds()) + "\n not " + Arrays.toString(theirs.types()));
        }
        if (!Arrays.equals(longs(ours.attentionMask()), theirs.mask())) {
            return Optional.of(
                    "mask " + Arrays.toString(ours.attentionMask()) + "\n not " + Arrays.toString(theirs.mask()));
        }
        if (!Arrays.equals(longs(ours.specialTokens()), theirs.special())) {
            return Optional.of(
                    "special " + Arrays.toString(ours.specialTokens()) + "\n not " + Arrays.toString(theirs.special()));
        }
        for (int i = 0; i < ours.size(); i++) {
            CharSpan span = theirs.places()[i];
            int start = ours.starts()[i];
            int end = ours.ends()[i];
            boolean same = span == null
                    ? theirs.special()[i] == 0 || start == 0 && end == 0 // of a text used twice, DJL keeps no place
                    : characters(text, start, end, span) || characters(pair, start, end, span);
            if (!same) {
                return Optional.of("token " + i + " " + ours.tokens().get(i) + " at " + start + ".." + end + ", not at "
                        + (span == null ? "none" : span.getStart() + ".." + span.getEnd()));
            }
        }
        if (ours.overflow().size() != theirs.overflow().size()) {
            return Optional.of(ours.overflow().size() + " overflow, not "
                    + theirs.overflow().size());
        }
        for (int o = 0; o < ours.overflow().size(); o++) {
            Optional<String> differs =
                    differs(ours.overflow().get(o), theirs.overflow().get(o), text, pair);
            if (differs.isPresent()) {
                return Optional.of("overflow " + o + ": " + differs.get());
            }
        }
        return Optional.empty();
    }

    /** Whether a place in units is a place in characters. */
    private static boolean characters(String text, int start, int end, CharSpan span) {
        return end <= text.length()
                && text.codePointCount(0, start) == span.getStart()
                && text.codePointCount(0, end) == span.getEnd();
    }

    /** Fails if something differs. */
    static void same(Optional<String> difference, String line) {
        assertThat(difference)
                .as(() -> "<" + line + ">, "
                        + line.codePoints().mapToObj(Integer::toHexString).toList())
                .isEmpty();
    }
}
