package dev.lathe.backend.tvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Numerics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of compiled models: whole, damaged, and for other processors. */
class TvmFilesTest {
    private static final Graph GRAPH = IrText.parse("""
        graph @stored(%x: f32[n, 3], %v: f32[3, 40]) -> (f32[n, 40], f32[n, 2]) {
          %w = constant [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] : f32[3, 2]
          %p = mat_mul(%x, %v)
          %q = mat_mul(%x, %w)
          return %p, %q
        }
        """);

    /** What Linux says of a processor that has AVX2 and no more. */
    private static final Set<String> OLDER =
            Set.of("pni ssse3 sse4_1 sse4_2 popcnt abm bmi1 bmi2 movbe avx avx2 fma f16c".split(" "));

    @TempDir
    private Path folder;

    @BeforeEach
    void needsLibrary() {
        TvmModels.needLibrary();
    }

    private static Map<String, Tensor> operands(int rows) {
        return Map.of("x", TvmModels.random(1, rows, 3), "v", TvmModels.random(2, 3, 40));
    }

    private Path written(CompileOptions options) throws IOException {
        Path file = folder.resolve("stored.jar");
        TvmModels.artifact(GRAPH, options).write(file);
        return file;
    }

    private static TvmArtifact opened(Path file) {
        return (TvmArtifact)
                TvmModels.BACKEND.open(file, LoadOptions.standard()).orElseThrow();
    }

    @Test
    void aMachineWithLessDoesNotRunIt() throws IOException {
        Tvm tvm = NativeTvm.require().tvm();
        Processor here = NativeTvm.require().cpu();
        Processor older = Processor.here(tvm, OLDER);
        assertThat(older.features()).noneMatch(f -> f.startsWith("avx512")).isSubsetOf(here.features());
        TvmArtifact file = opened(written(TvmModels.options(1, Numerics.DEFAULT)));
        assertThat(file.runsOn(here)).isTrue();
        assertThat(file.runsOn(older)).isEqualTo(older.features().equals(here.features()));
        Map<String, Tensor> in = operands(5);
        try (Executable run = file.load()) {
            TvmModels.assertClose(run.call(in), new ReferenceEvaluator(GRAPH).call(in));
        }
    }

    /** Where a hypervisor hides what the name of the processor promises, code does without. */
    @Test
    void codeForAMachineWithLessUsesLess() {
        NativeTvm library = NativeTvm.require();
        Processor older = Processor.here(library.tvm(), OLDER);
        Program program = TvmModels.artifact(GRAPH, TvmModels.options(1, Numerics.DEFAULT))
                .plans()
                .launches()
                .program();
        String assembly = new KernelCompiler(library, older).assembly(program);
        assertThat(assembly).contains("%ymm").doesNotContain("%zmm");
    }

    @Test
    void codeForAnotherProcessorIsWrittenAndNotRun() throws IOException {
        CompileOptions options = CompileOptions.builder()
                .target("tvm")
                .targetOptions(new TvmOptions("sapphirerapids"))
                .build();
        TvmArtifact artifact = TvmModels.artifact(GRAPH, options);
        Processor named = Processor.named(NativeTvm.require().tvm(), "sapphirerapids");
        Set<String> missing = new TreeSet<>(NativeTvm.require().cpu().lacks(named.features()));
        Path file = written(options);
        Map<String, Tensor> in = operands(5);
        try (Executable run = opened(file).load()) { // compiled again, if need be
            TvmModels.assertClose(run.call(in), new ReferenceEvaluator(GRAPH).call(in));
        }
        if (!missing.isEmpty()) {
            assertThatThrownBy(artifact::load)
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("tvm.cpu")
                    .hasMessageContaining(missing.iterator().next());
        }
    }

    /** Damage is an error, wherever it is; a byte that nobody reads may change. */
    @Test
    void damagedFilesAreRefused() throws IOException {
        byte[] whole = Files.readAllBytes(written(TvmModels.options(1, Numerics.DEFAULT)));
        Path damaged = folder.resolve("damaged.jar");
        long before = NativeTvm.require().tvm().openHandles();
        for (int i = 0; i < 60; i++) {
            int at = (int) ((long) whole.length * i / 60);
            Files.write(damaged, Arrays.copyOf(whole, at));
            assertThatThrownBy(() -> opened(damaged)).as("cut off at %d", at).isInstanceOf(LatheException.class);
            byte[] flipped = whole.clone();
            flipped[at] ^= 0x10;
            Files.write(damaged, flipped);
            try (Executable run = opened(damaged).load()) {
                Map<String, Tensor> in = operands(2);
                TvmModels.assertClose(run.call(in), new ReferenceEvaluator(GRAPH).call(in));
            } catch (LatheException e) {
                assertThat(e).as("flipped at %d", at).hasMessageContaining("artifact.");
            }
        }
        assertThat(NativeTvm.require().tvm().openHandles()).isEqualTo(before);
    }
}
