package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinesTest {
    private static final String WORDS =
            "one two three four five six seven eight nine ten ".repeat(5).strip();

    /** Lines are joined, and strings that were broken are whole again. */
    private static String joined(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ")
                .replace("\" + \"", "")
                .replaceAll("\\s", "")
                .replace("//", "");
    }

    private static void assertWraps(String line) {
        String wrapped = Lines.wrapped("    " + line + "\n");
        assertThat(wrapped.lines()).allMatch(l -> l.length() <= Lines.WIDTH).hasSizeGreaterThan(1);
        assertThat(joined(wrapped)).isEqualTo(joined(line));
    }

    @Test
    void whatIsShortStays() {
        assertThat(Lines.wrapped("    int x; // a size\n")).isEqualTo("    int x; // a size\n");
    }

    @Test
    void aCallIsBrokenOutsideItsArguments() {
        String call = "kernel.run(" + "floats, ".repeat(8) + "next(" + "a, ".repeat(33) + "b), last);";
        assertWraps(call);
        assertThat(Lines.wrapped(call)).contains("floats,\n        next(a, a,").contains("\n        last);");
    }

    @Test
    void aClassIsBrokenBeforeWhatItExtends() {
        String name = "LongName".repeat(8);
        assertThat(Lines.wrapped("public final class " + name + "Model extends " + name + " {\n"))
                .isEqualTo("public final class " + name + "Model\n        extends " + name + " {\n");
    }

    @Test
    void aStringIsBrokenBetweenItsCharacters() {
        assertWraps("step = \"" + WORDS + "\";");
        assertWraps("step = \"" + "\\\"".repeat(120) + "\";");
        assertWraps("step = \"" + "\\u00e4".repeat(40) + "\\001\\\\\";");
    }

    @Test
    void aCommentBehindALineComesBeforeIt() {
        String wrapped = Lines.wrapped("    int x; // " + WORDS + "\n");
        assertThat(wrapped).startsWith("    // one two").endsWith("\n    int x;\n");
        assertThat(wrapped.lines()).allMatch(l -> l.length() <= Lines.WIDTH);
    }

    @Test
    void whatAStringSaysIsNoComment() {
        assertWraps("require(x == 1, \"// " + WORDS + "\");");
    }

    @Test
    void aChainIsBrokenBeforeACall() {
        String chain = "FloatVector d = k.and(MASK)" + ".add(HALF)".repeat(10) + ".sub(1f);";
        assertWraps(chain);
        assertThat(Lines.wrapped(chain)).contains("\n        .add(HALF)");
    }

    @Test
    void conditionsAreBrokenBeforeAnOperator() {
        String condition = "if (" + "sequenceLength == batchSize && ".repeat(6) + "true) {";
        assertWraps(condition);
        assertThat(Lines.wrapped(condition)).contains("\n        && sequenceLength");
    }
}
