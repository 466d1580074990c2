package dev.lathe.tokenizers.decoder;

import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.regex.Matches;
import dev.lathe.tokenizers.regex.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Reads decoders from a tokenizer's file. */
public final class Decoders {
    private Decoders() {}

    /** The decoder that an object describes. */
    public static Decoder read(Config config) {
        return switch (config.type()) {
            case "WordPiece" -> wordPiece(config.string("prefix", "##"), config.flag("cleanup", true));
            case "ByteLevel" -> Bytes::ofAlphabet;
            case "ByteFallback" -> Bytes::fallback;
            case "Metaspace" -> metaspace(config);
            case "BPEDecoder" -> endOfWord(config.string("suffix", "</w>"));
            case "Fuse" -> tokens -> List.of(String.join("", tokens));
            case "Strip" -> {
                int content = config.character("content");
                int start = config.integer("start", Integer.MAX_VALUE);
                int stop = config.integer("stop", Integer.MAX_VALUE);
                yield each(token -> strip(token, content, start, stop));
            }
            case "Replace" -> {
                Pattern pattern = Pattern.read(config);
                String content = config.string("content");
                yield each(token -> replace(token, pattern, content));
            }
            case "CTC" ->
                ctc(
                        config.string("pad_token", "<pad>"),
                        config.string("word_delimiter_token", "|"),
                        config.flag("cleanup", true));
            case "Sequence" -> {
                List<Decoder> all =
                        config.objects("decoders").stream().map(Decoders::read).toList();
                yield tokens -> {
                    List<String> parts = tokens;
                    for (Decoder decoder : all) {
                        parts = decoder.decode(parts);
                    }
                    return parts;
                };
            }
            default -> throw config.unsupported("the decoder " + config.type());
        };
    }

    private static Decoder each(UnaryOperator<String> change) {
        return tokens -> tokens.stream().map(change).toList();
    }

    /** Words with spaces between; a token with the prefix continues a word. */
    public static Decoder wordPiece(String prefix, boolean cleansUp) {
        return tokens -> {
            List<String> out = new ArrayList<>(tokens.size());
            for (String token : tokens) {
                String part = out.isEmpty()
                        ? token
                        : token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token;
                out.add(cleansUp ? cleanedUp(part) : part);
            }
            return out;
        };
    }

    /** Without the spaces that English does not have before punctuation. */
    private static String cleanedUp(String text) {
        return text.replace(" .", ".")
                .replace(" ?", "?")
                .replace(" !", "!")
                .replace(" ,", ",")
                .replace(" ' ", "'")
                .replace(" n't", "n't")
                .replace(" 'm", "'m")
                .replace(" do not", " don't")
                .replace(" 's", "'s")
                .replace(" 've", "'ve")
                .replace(" 're", "'re");
    }

    private static Decoder metaspace(Config config) {
        String replacement = Character.toString(config.character("replacement"));
        boolean prepends = !config.string("prepend_scheme", "always").equals("never");
        return tokens -> {
            List<String> out = new ArrayList<>(tokens.size());
            for (String token : tokens) {
                out.add(token.replace(replacement, out.isEmpty() && prepends ? "" : " "));
            }
            return out;
        };
    }

    private static Decoder endOfWord(String suffix) {
        return tokens -> {
            List<String> out = new ArrayList<>(tokens.size());
            for (String token : tokens) {
                out.add(token.replace(suffix, out.size() == tokens.size() - 1 ? "" : " "));
            }
            return out;
        };
    }

    private static String strip(String token, int content, int start, int stop) {
        int from = 0;
        for (int n = 0; n < start && from < token.length() && token.codePointAt(from) == content; n++) {
            from += Character.charCount(content);
        }
        int to = token.length();
        for (int n = 0; n < stop && to > from && token.codePointBefore(to) == content; n++) {
            to -= Character.charCount(content);
        }
        return token.substring(from, to);
    }

    private static String replace(String token, Pattern pattern, String content) {
        char[] chars = token.toCharArray();
        Matches matches = pattern.all(chars, 0, chars.length);
        StringBuilder out = new StringBuilder();
        int at = 0;
        for (int m = 0; m < matches.count(); m++) {
            out.append(chars, at, matches.bounds()[2 * m] - at).append(content);
            at = matches.bounds()[2 * m + 1];
        }
        return out.append(chars, at, chars.length - at).toString();
    }

    /** The tokens of a speech recognizer: one for each step in time, with repetitions. */
    private static Decoder ctc(String padding, String delimiter, boolean cleansUp) {
        return tokens -> {
            List<String> out = new ArrayList<>();
            String last = null;
            for (String token : tokens) {
                if (!token.equals(last)) {
                    String part = padding.isEmpty() ? token : token.replace(padding, "");
                    part = cleansUp ? cleanedUp(part).replace(delimiter, " ") : part;
                    if (!part.isEmpty()) {
                        out.add(part);
                    }
                }
                last = token;
            }
            return out;
        };
    }
}
