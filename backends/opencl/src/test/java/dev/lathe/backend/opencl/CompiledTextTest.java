package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.passes.PassManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs for what no device here can, such as arithmetic of halves, compile for one that can: by clang, of which most
 * drivers are made. {@code -Dlathe.clang=FILE} says which.
 */
class CompiledTextTest {
    private static final OpenClBackend BACKEND = new OpenClBackend();

    @TempDir
    private Path folder;

    private static Path clang() {
        String named = System.getProperty("lathe.clang", "");
        if (!named.isEmpty()) {
            return Path.of(named);
        }
        List<Path> found = Stream.of(System.getenv("PATH").split(":"))
                .map(p -> Path.of(p, "clang"))
                .filter(Files::isExecutable)
                .toList();
        assumeTrue(!found.isEmpty(), "there is no clang: apt-get install clang");
        return found.getFirst();
    }

    /** Compiles to LLVM's IR as text, with the extensions that {@code features} stand for, and returns that. */
    private String compiled(String model, Features features) throws IOException, InterruptedException {
        Path clang = clang();
        CompileOptions options = CompileOptions.builder().target("opencl").build();
        Graph target = PassManager.run(IrText.parse(model), BACKEND.pipeline(options), options.passContext());
        Path source = folder.resolve("model.cl");
        Files.writeString(source, OpenClPlans.of(target, features).launches().source());
        List<String> command = new ArrayList<>(List.of(clang.toString(), "-x", "cl", "-target", "spir64", "-O1"));
        command.add("-cl-std=" + (features.byteProducts() ? "CL3.0" : "CL1.2"));
        String extensions = "-all,+cl_khr_fp64,+__opencl_c_fp64"
                + (features.halves() ? ",+cl_khr_fp16" : "")
                + (features.byteProducts() ? ",+cl_khr_integer_dot_product" : "");
        command.addAll(List.of("-Xclang", "-cl-ext=" + extensions, "-Xclang", "-finclude-default-header"));
        command.addAll(List.of("-Werror", "-Wno-unused-value", "-S", "-emit-llvm", "-o", "-", source.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(folder.resolve("errors.txt").toFile())
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(Files.readString(folder.resolve("errors.txt")))
                .isZero();
        return out;
    }

    @Test
    void arithmeticOfHalves() throws IOException, InterruptedException {
        String code = compiled(HalfArithmeticTest.MODEL, new Features(true, true, false, false, MeasuredTiles.NONE));
        assertThat(code).contains("fmul half", "fadd half", "fdiv float");
    }

    @Test
    void everyElementwiseOpOfHalves() throws IOException, InterruptedException {
        compiled(HalfArithmeticTest.EVERY, new Features(true, true, false, false, MeasuredTiles.NONE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"u8", "i8"})
    void productsOfBytes(String type) throws IOException, InterruptedException {
        String code = compiled("""
            graph @bytes(%%q: %1$s[5, 6], %%p: %1$s[1, 6], %%i: %1$s[1, 8, 8, 3]) -> (f32[5, 2], f32[1, 2], f32[1, 8, 8, 2]) {
              %%w = constant -3.0 : f32[6, 2]
              %%v = constant -3.0 : f32[2, 3, 1, 1]
              %%f = cast(%%q) {to=f32, saturate=true}
              %%g = cast(%%p) {to=f32, saturate=true}
              %%h = cast(%%i) {to=f32, saturate=true}
              %%y = mat_mul(%%f, %%w)
              %%z = mat_mul(%%g, %%w)
              %%c = conv(%%h, %%v) {strides=[1, 1], pads=[0, 0, 0, 0], dilations=[1, 1], groups=1,
                  layout=channels_last}
              return %%y, %%z, %%c
            }
            """.formatted(type), new Features(true, false, true, true, MeasuredTiles.NONE));
        assertThat(code).contains(type.equals("u8") ? "dot_4x8packed_us_int" : "dot_4x8packed_ss_int");
    }
}
