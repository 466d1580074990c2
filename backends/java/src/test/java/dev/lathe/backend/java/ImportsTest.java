package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ImportsTest {
    @Test
    void whatACommentOrALiteralNamesIsNoUse() {
        String source = """
            package p;
            import a.Shape;
            import a.Dim;
            import a.Type;
            import dev.lathe.runtime.*;
            /** A Shape. */
            class C {
                String s = "Dim \\" Dim"; // a Dim
                Type t;
                Gemm k;
                Other.SlidingWindow w;
            }
            """;
        assertThat(Imports.used(source))
                .doesNotContain("import a.Shape", "import a.Dim", "*;", "runtime.SlidingWindow")
                .contains("import a.Type;", "import dev.lathe.runtime.Gemm;", "/** A Shape. */");
    }
}
