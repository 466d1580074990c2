package dev.lathe.backend.java;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The imports of generated sources. A jar holds the classes that its code uses, so an import that nothing uses would
 * keep its sources from being compiled against it.
 */
final class Imports {
    private static final Pattern IMPORT = Pattern.compile("(?m)^import ([\\w.]+\\.(\\w+));\\R");
    private static final Pattern PACKAGE = Pattern.compile("(?m)^import ([\\w.]+)\\.\\*;\\R");
    /** A name of a class that is not inside another. */
    private static final Pattern WORD = Pattern.compile("(?<![\\w.])[A-Z]\\w*");
    /** Comments, string and character literals: whatever they say is no use. */
    private static final Pattern NO_CODE =
            Pattern.compile("/\\*.*?\\*/|//[^\\n]*|\"(?:[^\"\\\\]|\\\\.)*+\"|'(?:[^'\\\\]|\\\\.)*+'", Pattern.DOTALL);

    private Imports() {}

    /**
     * {@code source} without the imports of classes that its code does not name; of a package that it imports, the
     * classes that its code names.
     */
    static String used(String source) {
        Set<String> words = new TreeSet<>();
        Matcher word = WORD.matcher(
                NO_CODE.matcher(IMPORT.matcher(source).replaceAll("")).replaceAll(" "));
        while (word.find()) {
            words.add(word.group());
        }
        String single = IMPORT.matcher(source)
                .replaceAll(m -> words.contains(m.group(2)) ? Matcher.quoteReplacement(m.group()) : "");
        return PACKAGE.matcher(single)
                .replaceAll(m -> words.stream()
                        .map(name -> m.group(1) + "." + name)
                        .filter(JavaText::exists)
                        .map(name -> "import " + name + ";\n")
                        .collect(Collectors.joining()));
    }
}
