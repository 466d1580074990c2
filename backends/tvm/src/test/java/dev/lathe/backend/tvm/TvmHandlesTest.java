package dev.lathe.backend.tvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.LoadOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.passes.Numerics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What TVM hands out is freed, and what it refuses is an error. */
class TvmHandlesTest {
    private static final Graph GRAPH = IrText.parse("""
        graph @stored(%x: f32[n, 3]) -> (f32[n, 2]) {
          %w = constant [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] : f32[3, 2]
          %p = mat_mul(%x, %w)
          %y = tanh(%p)
          return %y
        }
        """);

    @BeforeEach
    void needsLibrary() {
        TvmModels.needLibrary();
    }

    @Test
    void modelsLeaveNone(@TempDir Path folder) throws IOException {
        Tvm tvm = NativeTvm.require().tvm();
        Path file = folder.resolve("stored.jar");
        long before = tvm.openHandles();
        for (int i = 0; i < 3; i++) {
            TvmArtifact artifact = TvmModels.artifact(GRAPH, TvmModels.options(2, Numerics.DEFAULT));
            try (Executable run = artifact.load()) {
                run.call(Map.of("x", TvmModels.random(1, 9, 3)));
                assertThat(tvm.openHandles()).isGreaterThan(before);
            }
            artifact.write(file);
            try (Executable run = TvmModels.BACKEND
                    .open(file, LoadOptions.standard())
                    .orElseThrow()
                    .load()) {
                run.call(Map.of("x", TvmModels.random(1, 4, 3)));
            }
            assertThat(tvm.openHandles()).isEqualTo(before);
        }
    }

    @Test
    void aRefusedKernelIsNamedAndLeavesNone() {
        NativeTvm library = NativeTvm.require();
        Program program = new Program();
        Array x = new Array("x", Dtype.F32, 0);
        String good = program.define("good", List.of(x), new Stmt.Store(x, Expr.of(0), Expr.of(Dtype.F32, 1)));
        String bad = program.define(
                "bad",
                List.of(x),
                new Stmt.Store(
                        x,
                        Expr.of(0),
                        new Expr.Call(Dtype.F32, "tir.no_such_function", List.of(new Expr.Real(Dtype.F32, 1)))));
        program.note(good, "a");
        program.note(bad, "\"the node\"(Foo-1)");
        long before = library.tvm().openHandles();
        assertThatThrownBy(() -> new KernelCompiler(library, library.cpu()).compile(program))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("kernel bad")
                .hasMessageContaining("the node");
        assertThat(library.tvm().openHandles()).isEqualTo(before);
    }

    @Test
    void anUnknownProcessorIsAnError() {
        NativeTvm library = NativeTvm.require();
        long before = library.tvm().openHandles();
        Program program = new Program();
        Array x = new Array("x", Dtype.F32, 0);
        program.define("one", List.of(x), new Stmt.Store(x, Expr.of(0), Expr.of(Dtype.F32, 1)));
        assertThatThrownBy(() -> new KernelCompiler(library, "no such processor").compile(program))
                .isInstanceOf(LatheException.class);
        assertThat(library.tvm().openHandles()).isEqualTo(before);
    }
}
