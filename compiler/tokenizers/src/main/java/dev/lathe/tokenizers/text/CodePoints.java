package dev.lathe.tokenizers.text;

/** Kinds of characters, as the reference has them. */
public final class CodePoints {
    private static final int LETTERS = 1 << Character.UPPERCASE_LETTER
            | 1 << Character.LOWERCASE_LETTER
            | 1 << Character.TITLECASE_LETTER
            | 1 << Character.MODIFIER_LETTER
            | 1 << Character.OTHER_LETTER;
    private static final int MARKS =
            1 << Character.NON_SPACING_MARK | 1 << Character.COMBINING_SPACING_MARK | 1 << Character.ENCLOSING_MARK;
    private static final int NUMBERS =
            1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.LETTER_NUMBER | 1 << Character.OTHER_NUMBER;
    private static final int PUNCTUATION = 1 << Character.CONNECTOR_PUNCTUATION
            | 1 << Character.DASH_PUNCTUATION
            | 1 << Character.START_PUNCTUATION
            | 1 << Character.END_PUNCTUATION
            | 1 << Character.INITIAL_QUOTE_PUNCTUATION
            | 1 << Character.FINAL_QUOTE_PUNCTUATION
            | 1 << Character.OTHER_PUNCTUATION;
    private static final int OTHERS = 1 << Character.CONTROL | 1 << Character.FORMAT | 1 << Character.PRIVATE_USE;

    private CodePoints() {}

    private static boolean is(int c, int types) {
        return (types >> Character.getType(c) & 1) != 0;
    }

    /** Unicode's property White_Space. */
    public static boolean isWhitespace(int c) {
        if (c < 0x80) {
            return c == ' ' || c >= 9 && c <= 13;
        }
        return c == 0x85
                || c == 0xa0
                || c == 0x1680
                || c >= 0x2000 && c <= 0x200a
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    /** What regular expressions call a word character: letters, marks, decimal digits and connectors. */
    public static boolean isWord(int c) {
        if (c < 0x80) {
            return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
        }
        return is(c, MARKS | 1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.CONNECTOR_PUNCTUATION)
                || Character.isAlphabetic(c);
    }

    /** The categories L*. */
    public static boolean isLetter(int c) {
        return is(c, LETTERS);
    }

    /** The categories M*. */
    public static boolean isMark(int c) {
        return is(c, MARKS);
    }

    /** The category Mn. */
    public static boolean isNonSpacingMark(int c) {
        return Character.getType(c) == Character.NON_SPACING_MARK;
    }

    /** The categories N*. */
    public static boolean isNumeric(int c) {
        return is(c, NUMBERS);
    }

    /** ASCII's symbols, and the categories P*. */
    public static boolean isPunctuation(int c) {
        if (c < 0x80) {
            return c >= '!' && c <= '/' || c >= ':' && c <= '@' || c >= '[' && c <= '`' || c >= '{' && c <= '~';
        }
        return is(c, PUNCTUATION);
    }

    /** The categories Cc, Cf and Co, but not the controls that are white space in BERT's eyes. */
    public static boolean isControl(int c) {
        return c != '\t' && c != '\n' && c != '\r' && is(c, OTHERS);
    }

    /** The CJK ideographs that BERT takes apart; not kana or hangul. */
    public static boolean isChinese(int c) {
        return c >= 0x3400
                && (c <= 0x4dbf
                        || c >= 0x4e00 && c <= 0x9fff
                        || c >= 0xf900 && c <= 0xfaff
                        || c >= 0x20000 && c <= 0x2a6df
                        || c >= 0x2a700 && c <= 0x2b81f
                        || c >= 0x2b920 && c <= 0x2ceaf
                        || c >= 0x2f800 && c <= 0x2fa1f);
    }
}
