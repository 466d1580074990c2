package dev.lathe.guides;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.passes.PassManager;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The guides to ops and kernels show what is there. */
class AnatomyGuidesTest {
    private static final Page OP = new Page("docs/guides/anatomy-of-an-op.md");
    private static final Page KERNEL = new Page("docs/guides/anatomy-of-a-kernel.md");
    private static final CompileOptions OPTIONS = CompileOptions.standard();

    private static String block(Page page, String start) throws IOException {
        return page.blocks().stream()
                .map(Page.Block::text)
                .filter(t -> t.startsWith(start))
                .findFirst()
                .orElseThrow();
    }

    private static Graph lowered(Backend java) throws IOException {
        Graph mlp = IrText.parse(block(OP, "graph @mlp"));
        return PassManager.run(mlp, java.pipeline(OPTIONS), OPTIONS.passContext());
    }

    @Test
    void theOpIsShownAsItIs() throws IOException {
        String source = Files.readString(Page.root().resolve("ir/src/main/java/dev/lathe/ir/composite/Softmax.java"));
        assertThat(source).contains(block(OP, "/** {@code exp(x - max)"));
    }

    @Test
    void thePlanIsShownAsItIs() throws IOException {
        Backend java = Backends.named("java");
        String plan = java.plan(lowered(java), OPTIONS).orElseThrow();
        for (String part : block(KERNEL, "plan @mlp").split("…|\\R")) {
            assertThat(plan).contains(part.strip());
        }
    }

    @Test
    void theSourceIsShownAsItIs() throws IOException {
        Backend java = Backends.named("java");
        String source =
                String.join("\n", java.compile(lowered(java), OPTIONS).sources().values());
        assertThat(Arrays.stream(block(KERNEL, "ySoftmaxRows").split("\\R"))).allMatch(source::contains);
    }
}
