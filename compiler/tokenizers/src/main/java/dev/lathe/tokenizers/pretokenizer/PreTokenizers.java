package dev.lathe.tokenizers.pretokenizer;

import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.regex.Pattern;
import dev.lathe.tokenizers.text.CodePoints;
import java.util.List;

/** Reads pre-tokenizers from a tokenizer's file. */
public final class PreTokenizers {
    private PreTokenizers() {}

    /** That of BERT, which a vocabulary without a file has. */
    public static PreTokenizer bert() {
        return pieces -> pieces.cut(Characterwise::bert);
    }

    /** The pre-tokenizer that an object describes. */
    public static PreTokenizer read(Config config) {
        return switch (config.type()) {
            case "BertPreTokenizer" -> bert();
            case "Whitespace" -> pieces -> pieces.cut(Characterwise::words);
            case "WhitespaceSplit" -> new Split(new Pattern.EachOf(CodePoints::isWhitespace), Behavior.Removed, false);
            case "Punctuation" ->
                new Split(
                        new Pattern.EachOf(CodePoints::isPunctuation),
                        config.has("behavior") ? config.choice("behavior", Behavior.class) : Behavior.Isolated,
                        false);
            case "Digits" ->
                new Split(
                        new Pattern.EachOf(CodePoints::isNumeric),
                        config.flag("individual_digits", false) ? Behavior.Isolated : Behavior.Contiguous,
                        false);
            case "CharDelimiterSplit" -> {
                int delimiter = config.character("delimiter");
                yield new Split(new Pattern.EachOf(c -> c == delimiter), Behavior.Removed, false);
            }
            case "Split" ->
                new Split(
                        Pattern.read(config), config.choice("behavior", Behavior.class), config.flag("invert", false));
            case "ByteLevel" -> new ByteLevel(config.flag("add_prefix_space", true), config.flag("use_regex", true));
            case "Metaspace" -> Metaspace.read(config);
            case "UnicodeScripts" -> pieces -> pieces.cut(Characterwise::scripts);
            case "FixedLength" -> {
                int length = config.integer("length", Integer.MAX_VALUE, 5);
                if (length == 0) {
                    throw config.bad("the length of a piece is 0");
                }
                yield pieces ->
                        pieces.cut((text, start, end, parts) -> Characterwise.fixed(text, start, end, length, parts));
            }
            case "Sequence" -> {
                List<PreTokenizer> all = config.objects("pretokenizers").stream()
                        .map(PreTokenizers::read)
                        .toList();
                yield pieces -> all.forEach(p -> p.apply(pieces));
            }
            default -> throw config.unsupported("the pre-tokenizer " + config.type());
        };
    }
}
