package dev.lathe.backend.opencl;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a driver's compiler says of a program. */
final class BuildLog {
    /** A line and a column, before or after the word: compilers differ. */
    private static final Pattern PLACE = Pattern.compile(":(\\d+):\\d+:");

    private static final Pattern NAME = Pattern.compile("([A-Za-z_0-9]+)\\(");

    private BuildLog() {}

    /** The kernels and functions with errors, each with the nodes of the model that its comment names. */
    static List<String> places(String source, String log) {
        List<String> lines = source.lines().toList();
        Set<String> places = new LinkedHashSet<>();
        for (String said : log.lines().filter(l -> l.contains("error")).toList()) {
            Matcher m = PLACE.matcher(said);
            if (!m.find()) {
                continue;
            }
            int line = Math.min(Integer.parseInt(m.group(1)), lines.size()) - 1;
            while (line > 0 && !isBegin(lines, line)) {
                line--;
            }
            if (line >= 0) {
                places.add(place(lines, line));
            }
        }
        return List.copyOf(places);
    }

    /** Whether a definition begins here: a line without indentation after an empty one or a comment. */
    private static boolean isBegin(List<String> lines, int line) {
        return !lines.get(line).isEmpty()
                && Character.isLetter(lines.get(line).charAt(0))
                && (lines.get(line - 1).isEmpty() || lines.get(line - 1).startsWith("//"));
    }

    private static String place(List<String> lines, int begin) {
        // A kernel with an attribute has its name in the next line.
        String head = lines.get(begin).contains("__attribute__") && begin + 1 < lines.size()
                ? lines.get(begin + 1)
                : lines.get(begin);
        Matcher name = NAME.matcher(head);
        List<String> nodes = new ArrayList<>();
        for (int i = begin - 1; i >= 0 && lines.get(i).startsWith("//"); i--) {
            nodes.addFirst(lines.get(i).substring(2).strip());
        }
        return (name.find() ? name.group(1) : head) + (nodes.isEmpty() ? "" : " of " + String.join(" ", nodes));
    }
}
