package dev.lathe.tokenizers.regex;

import dev.lathe.tokenizers.text.CodePoints;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The names of character properties, in {@code \p{…}} and {@code [:…:]}. */
final class Properties {
    /** The names of general categories, at the numbers that the JDK gives them. */
    private static final String[] CATEGORIES = {
        "cn", "lu", "ll", "lt", "lm", "lo", "mn", "me", "mc", "nd", "nl", "no", "zs", "zl", "zp", "cc", "cf", "", "co",
        "cs", "pd", "ps", "pe", "pc", "po", "sm", "sc", "sk", "so", "pi", "pf"
    };

    /** What Oniguruma calls punctuation: the categories P* and S*. */
    private static final int PUNCTUATION_AND_SYMBOLS = 1 << Character.CONNECTOR_PUNCTUATION
            | 1 << Character.DASH_PUNCTUATION
            | 1 << Character.START_PUNCTUATION
            | 1 << Character.END_PUNCTUATION
            | 1 << Character.INITIAL_QUOTE_PUNCTUATION
            | 1 << Character.FINAL_QUOTE_PUNCTUATION
            | 1 << Character.OTHER_PUNCTUATION
            | 1 << Character.MATH_SYMBOL
            | 1 << Character.CURRENCY_SYMBOL
            | 1 << Character.MODIFIER_SYMBOL
            | 1 << Character.OTHER_SYMBOL;

    private Properties() {}

    /** The characters that have a property; null if there is none of that name. */
    static @Nullable IntPredicate named(String name) {
        String key = name.toLowerCase(Locale.ROOT).replaceAll("[ _-]", "");
        IntPredicate found = category(key);
        if (found == null) {
            found = posix(key);
        }
        return found == null ? script(name) : found;
    }

    private static @Nullable IntPredicate category(String key) {
        String shortened = switch (key) {
            case "letter" -> "l";
            case "mark", "combiningmark" -> "m";
            case "number" -> "n";
            case "punctuation" -> "p";
            case "symbol" -> "s";
            case "separator" -> "z";
            case "other" -> "c";
            case "uppercaseletter" -> "lu";
            case "lowercaseletter" -> "ll";
            case "titlecaseletter" -> "lt";
            case "modifierletter" -> "lm";
            case "otherletter" -> "lo";
            case "nonspacingmark" -> "mn";
            case "decimalnumber" -> "nd";
            default -> key;
        };
        if (shortened.isEmpty() || shortened.length() > 2) {
            return null;
        }
        int types = 0;
        for (int i = 0; i < CATEGORIES.length; i++) {
            if (!CATEGORIES[i].isEmpty() && CATEGORIES[i].startsWith(shortened)) {
                types |= 1 << i;
            }
        }
        int all = types;
        return all == 0 ? null : c -> (all >> Character.getType(c) & 1) != 0;
    }

    private static @Nullable IntPredicate posix(String key) {
        return switch (key) {
            case "any" -> c -> true;
            case "assigned" -> Character::isDefined;
            case "alpha", "alphabetic" -> Character::isAlphabetic;
            case "digit" -> Character::isDigit;
            case "alnum" -> c -> Character.isAlphabetic(c) || Character.isDigit(c);
            case "upper", "uppercase" -> Character::isUpperCase;
            case "lower", "lowercase" -> Character::isLowerCase;
            case "space", "whitespace" -> CodePoints::isWhitespace;
            case "word" -> Properties::isWord;
            case "punct" -> c -> (PUNCTUATION_AND_SYMBOLS >> Character.getType(c) & 1) != 0;
            case "blank" -> c -> c == '\t' || Character.getType(c) == Character.SPACE_SEPARATOR;
            case "cntrl" -> c -> Character.getType(c) == Character.CONTROL;
            case "xdigit" -> c -> c < 128 && Character.digit(c, 16) >= 0;
            case "ascii" -> c -> c < 128;
            case "print" -> c -> isGraphic(c) || Character.getType(c) == Character.SPACE_SEPARATOR;
            case "graph" -> Properties::isGraphic;
            case "emoji" -> Character::isEmoji;
            case "emojipresentation" -> Character::isEmojiPresentation;
            case "extendedpictographic" -> Character::isExtendedPictographic;
            case "ideographic" -> Character::isIdeographic;
            default -> null;
        };
    }

    /** What Oniguruma calls a word character: the superscripts and fractions of Latin-1 are some. */
    static boolean isWord(int c) {
        return CodePoints.isWord(c) || c == 0xb2 || c == 0xb3 || c == 0xb9 || c >= 0xbc && c <= 0xbe;
    }

    private static boolean isGraphic(int c) {
        return !CodePoints.isWhitespace(c)
                && switch (Character.getType(c)) {
                    case Character.CONTROL, Character.SURROGATE, Character.UNASSIGNED -> false;
                    default -> true;
                };
    }

    private static @Nullable IntPredicate script(String name) {
        try {
            Character.UnicodeScript script = Character.UnicodeScript.forName(name.strip());
            return c -> Character.UnicodeScript.of(c) == script;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
