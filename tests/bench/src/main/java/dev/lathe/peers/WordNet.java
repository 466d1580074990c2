package dev.lathe.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sentences of WordNet (Miller 1995) as Debian's package {@code wordnet-base} has it: definitions and examples. */
final class WordNet {
    private static final List<String> FILES = List.of("data.noun", "data.verb", "data.adj");
    /** A line's gloss: what it means, and an example of 25 to 120 characters. */
    private static final Pattern GLOSS = Pattern.compile("\\| (?<meaning>.{25,120}?); \"(?<example>.{25,120}?)\"");

    private WordNet() {}

    /**
     * So many sentences, an example behind each definition, from all over the files.
     *
     * @param count even
     */
    static List<String> sentences(Path folder, int count) throws IOException {
        List<String> pairs = new ArrayList<>();
        for (String file : FILES) {
            for (String line : Files.readAllLines(folder.resolve(file))) {
                Matcher m = GLOSS.matcher(line);
                if (m.find()) {
                    pairs.add(m.group("meaning"));
                    pairs.add(m.group("example"));
                }
            }
        }
        int wanted = count / 2;
        int found = pairs.size() / 2;
        if (found < wanted) {
            throw new IOException(folder + " has " + found + " definitions with examples, not " + wanted);
        }
        List<String> some = new ArrayList<>();
        for (int i = 0; i < wanted; i++) {
            int at = 2 * (int) ((long) i * found / wanted);
            some.add(pairs.get(at));
            some.add(pairs.get(at + 1));
        }
        return some;
    }
}
