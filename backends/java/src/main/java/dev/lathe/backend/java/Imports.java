package dev.lathe.backend.java;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The imports of generated sources. A jar holds the classes that its code uses, so an import that nothing uses would
 * keep its sources from being compiled against it.
 */
final class Imports {
    private static final Pattern IMPORT = Pattern.compile("(?m)^import ([\\w.]+\\.(\\w+));\\R");
    private static final Pattern WORD = Pattern.compile("\\w+");
    /** Comments, string and character literals: whatever they say is no use. */
    private static final Pattern NO_CODE =
            Pattern.compile("/\\*.*?\\*/|//[^\\n]*|\"(?:[^\"\\\\]|\\\\.)*+\"|'(?:[^'\\\\]|\\\\.)*+'", Pattern.DOTALL);

    private Imports() {}

    /** {@code source} without the imports of single classes that its code does not name. */
    static String used(String source) {
        Set<String> words = new HashSet<>();
        Matcher word = WORD.matcher(
                NO_CODE.matcher(IMPORT.matcher(source).replaceAll("")).replaceAll(" "));
        while (word.find()) {
            words.add(word.group());
        }
        return IMPORT.matcher(source)
                .replaceAll(m -> words.contains(m.group(2)) ? Matcher.quoteReplacement(m.group()) : "");
    }
}
