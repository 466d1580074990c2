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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
                .isInstanceOfSatisfying(
                        LatheException.class, e -> assertThat(e.fault()).isEqualTo(LatheException.Fault.INTERNAL))
                .hasMessageContaining("tvm.build")
                .hasMessageContaining("kernel bad")
                .hasMessageContaining("the node")
                .hasMessageContaining("--target java");
        assertThat(library.tvm().openHandles()).isEqualTo(before);
    }

    @Test
    void anUnknownProcessorIsAnError() {
        Tvm tvm = NativeTvm.require().tvm();
        long before = tvm.openHandles();
        for (String name : new String[] {"znver99", "no such processor", "znver4 -mattr=+amx-int8"}) {
            assertThatThrownBy(() -> Processor.named(tvm, name))
                    .isInstanceOfSatisfying(
                            LatheException.class, e -> assertThat(e.fault()).isEqualTo(LatheException.Fault.USAGE))
                    .hasMessageContaining("tvm.cpu")
                    .hasMessageContaining("znver4");
        }
        assertThat(tvm.openHandles()).isEqualTo(before);
    }

    @Test
    void withoutALinkerNoFileIsMade() {
        NativeTvm library = NativeTvm.require();
        NativeTvm without =
                new NativeTvm(library.tvm(), library.origin(), library.cpu(), Path.of("no", "such", "ld.lld"));
        long before = library.tvm().openHandles();
        assertThatThrownBy(() -> new KernelCompiler(without, library.cpu()).sharedObject(one()))
                .isInstanceOfSatisfying(
                        LatheException.class, e -> assertThat(e.fault()).isEqualTo(LatheException.Fault.UNAVAILABLE))
                .hasMessageContaining("tvm.link")
                .hasMessageContaining("ld.lld");
        assertThat(library.tvm().openHandles()).isEqualTo(before);
    }

    @Test
    void whatIsNoLibraryDoesNotLoad() throws IOException {
        NativeTvm library = NativeTvm.require();
        KernelCompiler compiler = new KernelCompiler(library, library.cpu());
        byte[] whole = compiler.sharedObject(one());
        long before = library.tvm().openHandles();
        byte[] noise = new byte[4096];
        new Random(1).nextBytes(noise);
        assertThatThrownBy(() -> compiler.load(noise))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("tvm.load");
        assertThat(library.tvm().openHandles()).isEqualTo(before);
        assertThat(ElfFile.isWhole(whole)).isTrue();
        assertThat(ElfFile.isWhole(noise)).isFalse();
        for (int length = 0; length < whole.length; length++) {
            assertThat(ElfFile.isWhole(Arrays.copyOf(whole, length))).isFalse();
        }
    }

    private static Program one() {
        Program program = new Program();
        Array x = new Array("x", Dtype.F32, 0);
        program.define("one", List.of(x), new Stmt.Store(x, Expr.of(0), Expr.of(Dtype.F32, 1)));
        return program;
    }
}
