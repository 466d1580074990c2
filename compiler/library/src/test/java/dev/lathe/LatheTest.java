package dev.lathe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.ReferenceBackend;
import dev.lathe.backend.Support;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.PassRegistry;
import dev.lathe.passes.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatheTest {
    private static final String TEXT = """
        graph @plus(%x: f32[n]) -> (y: f32[n]) {
          %one = constant 1 : f32[]
          %y = add(%x, %one) : f32[n]
          return %y
        }
        """;
    private static final Graph GRAPH = IrText.parse(TEXT);

    @TempDir
    private Path folder;

    private static Tensor call(Model model) {
        try (Executable run = model.load()) {
            return Tensor.named(run.call(Map.of("x", Tensor.of(new float[] {1, 2}, 2))), "y");
        }
    }

    private static final Tensor EXPECTED = Tensor.of(new float[] {2, 3}, 2);

    @Test
    void aFileIsCompiledAndRuns() throws IOException {
        Path file = folder.resolve("plus.lir");
        Files.writeString(file, TEXT);
        assertThat(call(Lathe.compile(file))).isEqualTo(EXPECTED);
    }

    @Test
    void everyTargetGivesTheSame() {
        for (String target : Lathe.targets()) {
            Model model =
                    Lathe.compile(GRAPH, CompileOptions.builder().target(target).build());
            assertThat(model.target()).isEqualTo(target);
            assertThat(call(model)).isEqualTo(EXPECTED);
        }
    }

    @Test
    void anArtifactIsOpenedAndWrittenAgain() throws IOException {
        Path jar = folder.resolve("plus.jar");
        Lathe.compile(GRAPH, CompileOptions.standard()).write(jar);
        Model opened = Lathe.open(jar);
        assertThat(opened.graph()).isEmpty();
        assertThat(call(opened)).isEqualTo(EXPECTED);
        opened.write(folder.resolve("copy.jar"));
        assertThat(call(Lathe.open(folder.resolve("copy.jar"), 1))).isEqualTo(EXPECTED);
    }

    @Test
    void shapesFixSymbols() {
        Model model = Lathe.compile(
                GRAPH, CompileOptions.builder().shape("x", Shape.of(2)).build());
        assertThat(model.graph().orElseThrow().inputs().getFirst().type()).hasToString("f32[2]");
        assertThat(call(model)).isEqualTo(EXPECTED);
    }

    @Test
    void passesReplaceThoseOfTheLevel() {
        CompileOptions options = CompileOptions.builder()
                .target(ReferenceBackend.NAME)
                .passes(Lathe.pipeline("dead-code,canonicalize", PassRegistry.standard()))
                .build();
        assertThat(Lathe.canonicalPipeline(options)).hasToString("specialize-shapes,dead-code,canonicalize");
        assertThat(call(Lathe.compile(GRAPH, options))).isEqualTo(EXPECTED);
    }

    @Test
    void aTargetThatDoesNotExistIsRefused() {
        assertThatThrownBy(() -> Lathe.compile(
                        GRAPH, CompileOptions.builder().target("abacus").build()))
                .isInstanceOfSatisfying(
                        LatheException.class, e -> assertThat(e.fault()).isEqualTo(LatheException.Fault.USAGE))
                .hasMessageContaining("abacus");
    }

    /** A target that cannot add. */
    private static final class Abacus implements Backend {
        @Override
        public String name() {
            return "abacus";
        }

        @Override
        public Availability probe() {
            return new Availability.Ready("wood");
        }

        @Override
        public Pipeline pipeline(CompileOptions options) {
            return Pipeline.of();
        }

        @Override
        public Support supports(Node node) {
            return node.op().mnemonic().equals("add")
                    ? new Support.No("it has too few beads", "compile for another target")
                    : Support.YES;
        }

        @Override
        public Artifact compile(Graph graph, CompileOptions options) {
            throw new AssertionError("not everything is supported");
        }
    }

    @Test
    void whatATargetCannotRunIsRefusedWithNodeReasonAndRemedy() {
        CompileOptions options = CompileOptions.standard();
        assertThat(new Abacus().refusals(GRAPH, options))
                .singleElement()
                .satisfies(r -> assertThat(r.diagnostic("abacus").toString())
                        .contains("target.unsupported")
                        .contains("add: target abacus cannot run it: it has too few beads")
                        .contains("compile for another target, or give --allow-fallback"));
        assertThat(new ReferenceBackend().refusals(GRAPH, options)).isEmpty();
    }

    @Test
    void optionsOfAnotherTargetAreRefused() {
        record Beads(int count) {}
        CompileOptions options =
                CompileOptions.builder().targetOptions(new Beads(10)).build();
        assertThatThrownBy(() -> Lathe.compile(GRAPH, options))
                .hasMessageContaining("target java takes no options of type Beads")
                .hasMessageContaining("JavaOptions");
    }

    @Test
    void aFileOfNoTargetIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.txt"), "plus");
        assertThatThrownBy(() -> Lathe.open(file))
                .hasMessageContaining("artifact.unknown")
                .hasMessageContaining("notes.txt is no compiled model");
    }

    @Test
    void aFileMayHaveANameThatNoClassCanHave() {
        Path file = folder.resolve("plus-one 2.lir");
        IrText.write(GRAPH, file);
        assertThat(call(Lathe.compile(file))).isEqualTo(EXPECTED);
    }
}
