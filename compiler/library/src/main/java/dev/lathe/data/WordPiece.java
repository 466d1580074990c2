package dev.lathe.data;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer of uncased BERT models: text is cleaned, lower-cased and stripped of accents, split at spaces,
 * punctuation and Chinese characters, and each word cut into the longest pieces of the vocabulary.
 */
public final class WordPiece {
    private static final int MAX_WORD = 100;

    private final Map<String, Integer> vocabulary;
    private final int unknown;
    private final int first;
    private final int last;

    /** @param vocabulary the id of each piece; a piece that continues a word starts with {@code ##} */
    public WordPiece(Map<String, Integer> vocabulary) {
        this.vocabulary = Map.copyOf(vocabulary);
        this.unknown = id("[UNK]");
        this.first = id("[CLS]");
        this.last = id("[SEP]");
    }

    private int id(String piece) {
        Integer id = vocabulary.get(piece);
        if (id == null) {
            throw unreadable("the vocabulary has no piece " + piece);
        }
        return id;
    }

    /**
     * Reads the vocabulary of a BERT model: {@code tokenizer.json}, or {@code vocab.txt} with a piece in each line.
     *
     * @throws LatheException if the file is none
     */
    public static WordPiece read(Path vocabulary) {
        try {
            return new WordPiece(
                    vocabulary.toString().endsWith(".json")
                            ? pieces(Json.parse(Files.readString(vocabulary)), vocabulary)
                            : lines(Files.readAllLines(vocabulary)));
        } catch (IOException | IllegalArgumentException e) {
            throw unreadable("cannot read the vocabulary " + vocabulary + ": " + e.getMessage());
        }
    }

    private static Map<String, Integer> lines(List<String> lines) {
        Map<String, Integer> vocabulary = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            vocabulary.putIfAbsent(lines.get(i).strip(), i);
        }
        return vocabulary;
    }

    private static Map<String, Integer> pieces(@Nullable Object json, Path from) {
        if (json instanceof Map<?, ?> root
                && root.get("model") instanceof Map<?, ?> model
                && model.get("vocab") instanceof Map<?, ?> vocab) {
            Map<String, Integer> vocabulary = new HashMap<>();
            vocab.forEach((piece, id) -> {
                if (id instanceof Double number) {
                    vocabulary.put(piece.toString(), number.intValue());
                }
            });
            return vocabulary;
        }
        throw unreadable(from + " has no vocabulary of pieces");
    }

    private static LatheException unreadable(String what) {
        return new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "data.vocabulary", what, "take the tokenizer.json or vocab.txt file of a BERT model")));
    }

    /** The ids of a text: {@code [CLS]}, the pieces, {@code [SEP]}; at most {@code limit} of them. */
    public int[] encode(String text, int limit) {
        List<Integer> ids = new ArrayList<>();
        ids.add(first);
        for (String word : words(text)) {
            pieces(word, ids);
        }
        while (ids.size() >= limit) {
            ids.removeLast();
        }
        ids.add(last);
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The words and punctuation marks of a text, normalized. */
    static List<String> words(String text) {
        String decomposed = Normalizer.normalize(text.toLowerCase(Locale.ROOT), Normalizer.Form.NFD);
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        decomposed.codePoints().forEach(c -> {
            if (isSpace(c) || standsAlone(c)) {
                if (!word.isEmpty()) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                if (!isSpace(c)) {
                    words.add(Character.toString(c));
                }
            } else if (!isDropped(c)) {
                word.appendCodePoint(c);
            }
        });
        if (!word.isEmpty()) {
            words.add(word.toString());
        }
        return words;
    }

    private static boolean isSpace(int c) {
        return c == '\t' || c == '\n' || c == '\r' || Character.isSpaceChar(c);
    }

    /** Accents, control characters, and what stands for undecodable text. */
    private static boolean isDropped(int c) {
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK,
                    Character.CONTROL,
                    Character.FORMAT,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> true;
            default -> c == 0xfffd;
        };
    }

    private static boolean standsAlone(int c) {
        boolean asciiSymbol = c > ' ' && c < 0x7f && !Character.isLetterOrDigit(c);
        return asciiSymbol
                || switch (Character.getType(c)) {
                    case Character.CONNECTOR_PUNCTUATION,
                            Character.DASH_PUNCTUATION,
                            Character.START_PUNCTUATION,
                            Character.END_PUNCTUATION,
                            Character.INITIAL_QUOTE_PUNCTUATION,
                            Character.FINAL_QUOTE_PUNCTUATION,
                            Character.OTHER_PUNCTUATION -> true;
                    default -> isChinese(c);
                };
    }

    /** The CJK ideographs; not kana or hangul, whose words have spaces or pieces. */
    private static boolean isChinese(int c) {
        return c >= 0x4e00 && c <= 0x9fff
                || c >= 0x3400 && c <= 0x4dbf
                || c >= 0xf900 && c <= 0xfaff
                || c >= 0x20000 && c <= 0x2ceaf && !(c >= 0x2a6e0 && c <= 0x2a6ff)
                || c >= 0x2f800 && c <= 0x2fa1f;
    }

    /** Cuts a word from the left into the longest pieces there are; a word that cannot be cut is unknown as a whole. */
    private void pieces(String word, List<Integer> ids) {
        int[] points = word.codePoints().toArray();
        int kept = ids.size();
        for (int from = 0; from < points.length; ) {
            int to = points.length > MAX_WORD ? from : points.length;
            Integer id = null;
            while (to > from && id == null) {
                id = vocabulary.get((from > 0 ? "##" : "") + new String(points, from, to - from));
                to -= id == null ? 1 : 0;
            }
            if (id == null) {
                ids.subList(kept, ids.size()).clear();
                ids.add(unknown);
                return;
            }
            ids.add(id);
            from = to;
        }
    }
}
