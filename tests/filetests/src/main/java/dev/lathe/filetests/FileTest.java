package dev.lathe.filetests;

import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.passes.Numerics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file test: comments that say what to do, graphs, and after {@code // expect:} what becomes of them.
 *
 * <pre>
 * // test: canonicalize,dead-code       the passes; none to only read and verify
 * // test: plan java                    or: the plan of a target, after its passes
 * // test: emit java Execution          or: the sources that a target writes, of classes whose names end so
 * // test: cost n=4                     or: what the graph costs, with these sizes of its symbols
 * // passes: canonicalize,dead-code     with these: passes that run before
 * // numerics: strict                   optional
 * // shapes: x=2x3                      optional, as --shape
 * // run: @f(random(seed=1)) ~ reference     compare results before and after, here for random inputs
 * // run: @f(random(seed=1)) ~ reference within 1e-2     floats may differ by 0.01 of the output's largest
 * // expect-not: transpose              no graph has such a node afterwards, in a region or a kernel either
 * graph @f(%x: f32[2]) -> (f32[2]) {
 *   %y = foo(%x)                        // error: there is no op foo
 *   return %y
 * }
 * // expect:
 * </pre>
 *
 * <p>A file that ends in {@code .textproto} holds an ONNX model in protobuf's text format in the place of the graphs;
 * what is for the test is behind {@code #} there. {@code # test: import} shows the model as it is read.
 *
 * @param mode what is shown of the graphs after the passes
 * @param source the text of the graphs, with comments in the place of what is not theirs, so that line numbers are the
 * file's
 * @param expected the text after {@code // expect:}; empty if there is none
 * @param errors what must be wrong, by line
 * @param unwanted the ops that must not be there after the passes, by line
 */
record FileTest(
        Path file,
        Mode mode,
        String passes,
        Numerics numerics,
        String shapes,
        String source,
        Optional<String> expected,
        Map<Integer, String> errors,
        Map<Integer, String> unwanted,
        List<Run> runs) {

    /**
     * Runs a graph on seeded random inputs.
     *
     * @param symbols the sizes of symbols, where they matter
     * @param within how much floats may differ, as a share of the largest; empty for what their type allows
     * @param line where the file says so
     */
    record Run(String graph, long seed, Map<String, Long> symbols, OptionalDouble within, int line) {}

    private static final Pattern DIRECTIVE =
            Pattern.compile("\\s*(?://|#) (test|passes|numerics|shapes|run|expect-not):(.*)");
    private static final Pattern ERROR = Pattern.compile(".*(?://|#) error: (.*)");
    private static final Pattern RUN =
            Pattern.compile("\\s*@([A-Za-z_0-9]+)\\(random\\(seed=([0-9]+)((?:, *\\w+=[0-9]+)*)\\)\\) ~ reference"
                    + "(?: within ([0-9]+(?:\\.[0-9]*)?(?:[eE]-?[0-9]+)?))?\\s*");
    private static final String ONNX = ".textproto";

    /** Whether a file is a test, by its name. */
    static boolean isTest(Path file) {
        return file.toString().endsWith(".lir") || isOnnx(file);
    }

    private static boolean isOnnx(Path file) {
        return file.toString().endsWith(ONNX);
    }

    /** The line before what is expected. */
    private static String expect(Path file) {
        return (isOnnx(file) ? "#" : "//") + " expect:";
    }

    static FileTest read(Path file) throws IOException {
        String text = Files.readString(file);
        int at = text.indexOf("\n" + expect(file));
        String source = at < 0 ? text : text.substring(0, at + 1);
        Optional<String> expected =
                at < 0 ? Optional.empty() : Optional.of(text.substring(text.indexOf('\n', at + 1) + 1));
        Map<String, String> directives = new TreeMap<>();
        Map<Integer, String> errors = new TreeMap<>();
        Map<Integer, String> unwanted = new TreeMap<>();
        List<Run> runs = new ArrayList<>();
        int line = 0;
        for (String l : source.split("\n", -1)) {
            line++;
            Matcher directive = DIRECTIVE.matcher(l);
            Matcher error = ERROR.matcher(l);
            if (directive.matches()) {
                if (directive.group(1).equals("run")) {
                    runs.add(run(directive.group(2), file, line));
                } else if (directive.group(1).equals("expect-not")) {
                    unwanted.put(line, directive.group(2).strip());
                } else if (directives.put(directive.group(1), directive.group(2).strip()) != null) {
                    throw new IllegalArgumentException(
                            file + ":" + line + ": " + directive.group(1) + " is given twice");
                }
            } else if (error.matches()) {
                errors.put(line, error.group(1).strip());
            }
        }
        if (!directives.containsKey("test")) {
            throw new IllegalArgumentException(file + ": there is no line `// test: passes`");
        }
        Mode mode = Mode.of(directives.getOrDefault("test", ""), file);
        if (mode == Mode.IMPORT && !isOnnx(file)) {
            throw new IllegalArgumentException(file + ": what is imported is a file with the ending " + ONNX);
        }
        return new FileTest(
                file,
                mode,
                directives.getOrDefault(mode == Mode.PASSES ? "test" : "passes", ""),
                Numerics.valueOf(directives.getOrDefault("numerics", "default").toUpperCase(Locale.ROOT)),
                directives.getOrDefault("shapes", ""),
                source,
                expected,
                errors,
                unwanted,
                runs);
    }

    private static Run run(String text, Path file, int line) {
        Matcher m = RUN.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(file + ":" + line
                    + ": write `// run: @f(random(seed=1, n=4)) ~ reference`, perhaps with ` within 1e-2`, not `"
                    + text.strip() + "`");
        }
        Map<String, Long> symbols = new TreeMap<>();
        for (String s : m.group(3).split(",")) {
            if (!s.isBlank()) {
                symbols.put(
                        s.substring(0, s.indexOf('=')).strip(),
                        Long.parseLong(s.substring(s.indexOf('=') + 1).strip()));
            }
        }
        OptionalDouble within =
                m.group(4) == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(m.group(4)));
        return new Run(m.group(1), Long.parseLong(m.group(2)), symbols, within, line);
    }

    /** The graphs in the file, of an ONNX model the one. */
    List<Graph> graphs() {
        if (!isOnnx(file)) {
            return IrText.parseAll(source, null);
        }
        return List.of(OnnxImporter.readText(source));
    }

    /** The line after {@code // expect:}; 1 if there is none. */
    int expectedLine() {
        return expected.isEmpty() ? 1 : (int) source.lines().count() + 2;
    }

    /** Replaces what is expected. */
    void bless(String actual) throws IOException {
        Files.writeString(file, source.stripTrailing() + "\n" + expect(file) + "\n" + actual + "\n");
    }
}
