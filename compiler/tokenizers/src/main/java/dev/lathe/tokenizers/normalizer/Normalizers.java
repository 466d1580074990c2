package dev.lathe.tokenizers.normalizer;

import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.regex.Pattern;
import dev.lathe.tokenizers.text.CodePoints;
import dev.lathe.tokenizers.text.NormalForm;
import java.util.List;

/** Reads normalizers from a tokenizer's file. */
public final class Normalizers {
    private Normalizers() {}

    /** The normalizer that an object describes. */
    public static Normalizer read(Config config) {
        return switch (config.type()) {
            case "BertNormalizer" -> {
                boolean lowers = config.flag("lowercase", true);
                yield new Bert(
                        config.flag("clean_text", true),
                        config.flag("handle_chinese_chars", true),
                        config.flag("strip_accents", lowers),
                        lowers);
            }
            case "NFC" -> NormalForm.NFC::apply;
            case "NFD" -> NormalForm.NFD::apply;
            case "NFKC" -> NormalForm.NFKC::apply;
            case "NFKD" -> NormalForm.NFKD::apply;
            case "Lowercase" -> Characters::lowercase;
            case "Strip" -> new Strip(config.flag("strip_left", true), config.flag("strip_right", true));
            case "StripAccents" -> text -> Characters.drop(text, CodePoints::isMark);
            case "Replace" -> new Replace(Pattern.read(config), config.string("content"));
            case "Prepend" -> {
                String prefix = config.string("prepend");
                yield text -> text.prepend(prefix);
            }
            case "Nmt" ->
                text -> {
                    Characters.drop(text, Normalizers::isDroppedByNmt);
                    Characters.map(text, c -> isSpaceOfNmt(c) ? ' ' : c);
                };
            case "Precompiled" -> Precompiled.of(config);
            case "ByteLevel" -> new ByteLevel();
            case "Sequence" -> {
                List<Normalizer> all = config.objects("normalizers").stream()
                        .map(Normalizers::read)
                        .toList();
                yield text -> all.forEach(n -> n.normalize(text));
            }
            default -> throw config.unsupported("the normalizer " + config.type());
        };
    }

    private static boolean isDroppedByNmt(int c) {
        return c >= 1 && c <= 8 || c == 0xb || c >= 0xe && c <= 0x1f || c == 0x7f || c == 0x8f || c == 0x9f;
    }

    private static boolean isSpaceOfNmt(int c) {
        return switch (c) {
            case 9, 0xa, 0xc, 0xd, 0x1680, 0x2028, 0x2029, 0x2581, 0xfeff, 0xfffd -> true;
            default -> c >= 0x200b && c <= 0x200f;
        };
    }
}
