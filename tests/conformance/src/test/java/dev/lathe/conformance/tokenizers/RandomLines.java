package dev.lathe.conformance.tokenizers;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Lines that try a tokenizer: words of many scripts, mixed, with marks, emoji, controls, kinds of spaces, numbers, code
 * and addresses, long words, and what was cut out of the middle of a character. The same seed gives the same lines.
 */
final class RandomLines {
    private static final List<String> WORDS = List.of(
            "the",
            "of",
            "and",
            "Hello",
            "world",
            "it's",
            "don't",
            "we'll",
            "I'VE",
            "unaffable",
            "tokenization",
            "Straße",
            "naïve",
            "CAFÉ",
            "résumé",
            "Ångström",
            "İstanbul",
            "ﬁnance",
            "ｆｕｌｌｗｉｄｔｈ",
            "Здравствуйте",
            "мир",
            "Ελληνικά",
            "ὈΔΥΣΣΕΎΣ",
            "שָׁלוֹם",
            "عَرَبِيّ",
            "हिन्दी",
            "ภาษาไทย",
            "தமிழ்",
            "বাংলা",
            "한국어",
            "각",
            "日本語",
            "カタカナ",
            "ｶﾞ",
            "中文",
            "漢字かな",
            "𠀋𠮷",
            "ქართული",
            "አማርኛ",
            "ລາວ",
            "မြန်မာ",
            "བོད་",
            "ᠮᠣᠩᠭᠣᠯ",
            "Việt",
            "ﷺ",
            "½",
            "Ⅷ",
            "①",
            "٣٤",
            "१२३",
            "e\u0301",
            "o\u0308\u0323",
            "\u1112\u1161\u11ab",
            "\ud83d\ude00",
            "\ud83d\udc69\u200d\ud83d\udcbb",
            "\u2764\ufe0f",
            "\ud83c\uddeb\ud83c\uddf7",
            "\ud83d\udc4d\ud83c\udffd",
            "[MASK]",
            "[SEP]",
            "<s>",
            "</s>",
            "<|endoftext|>",
            "<unk>",
            "[UNK]",
            "▁",
            "Ġ");
    private static final List<String> SPACES = List.of(
            " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2009", "\u200b", "\u2028", "   ", "\u000b", "\u0085",
            " \n ");
    private static final List<String> CODE = List.of(
            "for (int i = 0; i < n; i++) { a[i] += b[i] * 2; }",
            "https://example.org/a/b?q=1&r=%20x#frag",
            "def f(x):\n\treturn x ** 2  # squared",
            "SELECT * FROM t WHERE a >= 3.14;",
            "{\"key\": [1, 2.5e-3, null]}",
            "someone+tag@mail.example.com",
            "C:\\Users\\me\\file.txt",
            "<div class=\"x\">&nbsp;</div>",
            "$x_{i}^2 \\le 3$",
            "--flag=value -- ...!!!??",
            "2024-02-29T23:59:60.123Z",
            "1,234,567.89 €",
            "+49 (0)30 123456",
            "'tis 'n' \"quoted\"");
    /** Where letters of scripts are, and other blocks of interest. */
    private static final int[][] BLOCKS = {
        {0x21, 0x7e},
        {0xa1, 0xff},
        {0x100, 0x24f},
        {0x250, 0x2af},
        {0x2b0, 0x2ff},
        {0x300, 0x36f},
        {0x370, 0x3ff},
        {0x400, 0x52f},
        {0x531, 0x58f},
        {0x590, 0x5ff},
        {0x600, 0x6ff},
        {0x900, 0x97f},
        {0x980, 0x9ff},
        {0xe00, 0xe7f},
        {0xf00, 0xfff},
        {0x1000, 0x109f},
        {0x10a0, 0x10ff},
        {0x1100, 0x11ff},
        {0x1200, 0x137f},
        {0x13a0, 0x13ff},
        {0x1780, 0x17ff},
        {0x1e00, 0x1eff},
        {0x1f00, 0x1fff},
        {0x2000, 0x206f},
        {0x2070, 0x209f},
        {0x20a0, 0x20bf},
        {0x2100, 0x214f},
        {0x2150, 0x218f},
        {0x2190, 0x22ff},
        {0x2460, 0x24ff},
        {0x2500, 0x27bf},
        {0x3000, 0x303f},
        {0x3041, 0x30ff},
        {0x3131, 0x318e},
        {0x3200, 0x33ff},
        {0x4e00, 0x9fa5},
        {0xac00, 0xd7a3},
        {0xe000, 0xe0ff},
        {0xf900, 0xfa6d},
        {0xfb00, 0xfb4f},
        {0xfe00, 0xfe4f},
        {0xff01, 0xffef},
        {0x1d400, 0x1d7ff},
        {0x1f300, 0x1f64f},
        {0x20000, 0x2a6d6},
        {0x2f800, 0x2fa1d},
        {0x1, 0x1f},
        {0x7f, 0x9f}
    };

    private final SplittableRandom random;

    RandomLines(long seed) {
        this.random = new SplittableRandom(seed);
    }

    String next() {
        StringBuilder line = new StringBuilder();
        int parts = random.nextInt(1, 14);
        for (int i = 0; i < parts; i++) {
            part(line);
            if (random.nextInt(5) > 0) {
                line.append(random.nextInt(4) > 0 ? " " : SPACES.get(random.nextInt(SPACES.size())));
            }
        }
        if (random.nextInt(60) == 0 && !line.isEmpty()) {
            line.insert(random.nextInt(line.length()), (char) random.nextInt(0xd800, 0xe000)); // half a pair
        }
        return line.toString();
    }

    private void part(StringBuilder line) {
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3, 4, 5 -> line.append(WORDS.get(random.nextInt(WORDS.size())));
            case 6 -> line.append(CODE.get(random.nextInt(CODE.size())));
            case 7 -> line.append(random.nextLong(1_000_000_000_000L));
            case 8 -> repeated(line);
            case 9 ->
                WORDS.get(random.nextInt(WORDS.size()))
                        .toUpperCase(Locale.ROOT)
                        .codePoints()
                        .forEach(c -> append(line, c));
            case 10 -> anyCharacters(line);
            default -> block(line);
        }
    }

    private void repeated(StringBuilder line) {
        String word = WORDS.get(random.nextInt(WORDS.size()));
        line.append(word.repeat(random.nextInt(20) == 0 ? 60 : random.nextInt(1, 4)));
    }

    private void block(StringBuilder line) {
        int[] block = BLOCKS[random.nextInt(BLOCKS.length)];
        int length = random.nextInt(1, 9);
        for (int i = 0; i < length; i++) {
            append(line, random.nextInt(block[0], block[1] + 1));
        }
    }

    private void anyCharacters(StringBuilder line) {
        int length = random.nextInt(1, 5);
        for (int i = 0; i < length; i++) {
            append(line, random.nextInt(0x20, 0x30000));
        }
    }

    private static void append(StringBuilder line, int c) {
        if (c != 0 && !(c >= 0xd800 && c < 0xe000) && !UnicodeDifferences.covers(c)) {
            line.appendCodePoint(c);
        }
    }
}
