package dev.lathe.regions;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.regex.Pattern;

/**
 * The regions of a model as text: a line for each, and after it lines of the values that it reads and makes, then the
 * files, and the values that are the outputs. Names are URL-encoded.
 *
 * @param files their names, {@code region/name}, in the order in which their contents are stored
 * @param values the values that the outputs are
 */
record RegionTable(List<Row> rows, List<String> files, List<String> values) {
    /** A file in the folder of a region, and nowhere else. */
    private static final Pattern FILE = Pattern.compile("[0-9]+/[A-Za-z0-9][A-Za-z0-9._-]*");

    private static final String REGION = "region";
    private static final String IN = "in";
    private static final String OUT = "out";
    private static final String FILE_LINE = "file";
    private static final String RESULT = "result";

    /** A region; {@code steps} is their number. */
    record Row(String target, boolean timed, int steps, List<String> inputs, List<String> outputs) {}

    static RegionTable of(List<Region> regions, List<String> files, List<String> values) {
        return new RegionTable(
                regions.stream()
                        .map(r -> new Row(r.target(), r.timed(), r.steps().size(), r.inputs(), r.outputs()))
                        .toList(),
                files,
                values);
    }

    String text() {
        StringBuilder s = new StringBuilder();
        for (Row r : rows) {
            s.append(String.join(" ", REGION, r.target, Boolean.toString(r.timed), Integer.toString(r.steps)))
                    .append('\n');
            r.inputs.forEach(name -> line(s, IN, name));
            r.outputs.forEach(name -> line(s, OUT, name));
        }
        files.forEach(name -> line(s, FILE_LINE, name));
        values.forEach(name -> line(s, RESULT, name));
        return s.toString();
    }

    private static void line(StringBuilder s, String kind, String name) {
        s.append(kind)
                .append(' ')
                .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                .append('\n');
    }

    /**
     * Reads what {@link #text} writes.
     *
     * @throws LatheException {@code artifact.corrupt} if it is something else, or a file lies elsewhere
     */
    static RegionTable parse(String text) {
        RegionTable table = new RegionTable(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        try {
            for (String line : text.lines().toList()) {
                table.add(line.split(" "));
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException | NoSuchElementException e) {
            throw corrupt("the table of regions cannot be read");
        }
        return table;
    }

    private void add(String[] words) {
        if (words[0].equals(REGION)) {
            rows.add(new Row(
                    words[1],
                    Boolean.parseBoolean(words[2]),
                    Integer.parseInt(words[3]),
                    new ArrayList<>(),
                    new ArrayList<>()));
            return;
        }
        String name = URLDecoder.decode(words[1], StandardCharsets.UTF_8);
        switch (words[0]) {
            case IN -> rows.getLast().inputs.add(name);
            case OUT -> rows.getLast().outputs.add(name);
            case RESULT -> values.add(name);
            case FILE_LINE -> {
                if (!FILE.matcher(name).matches()) {
                    throw corrupt("it has a file outside of its folder");
                }
                files.add(name);
            }
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    static LatheException corrupt(String what) {
        return new LatheException(Diagnostic.error(
                "artifact.corrupt", "the model of regions is damaged: " + what, "compile the model again"));
    }
}
