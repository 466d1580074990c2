package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramCacheTest {
    private static final String SOURCE = "// \"a\"(Relu-14)\nkernel void one(global float *y) {\n    y[0] = 1;\n}\n";

    @TempDir
    Path folder;

    @BeforeEach
    void needsDevice() {
        Availability here = Devices.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
    }

    private Path file() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.findFirst().orElseThrow();
        }
    }

    private void build(Device device) {
        DeviceProgram program = DeviceProgram.of(device, SOURCE, new ProgramCache(folder));
        device.cl().releaseKernel(program.createKernel("one"));
        program.leave();
    }

    @Test
    void aProgramIsCompiledOnceForADevice() throws IOException {
        Device device = Devices.find("");
        build(device);
        byte[] kept = Files.readAllBytes(file());
        assertThat(new ProgramCache(folder).find(device, "-cl-std=CL1.1", SOURCE))
                .isEmpty();
        build(device);
        assertThat(Files.readAllBytes(file())).isEqualTo(kept);
    }

    @Test
    void aDamagedFileIsMadeAgain() throws IOException {
        Device device = Devices.find("");
        build(device);
        byte[] kept = Files.readAllBytes(file());
        for (int at : new int[] {0, 40, kept.length - 1}) {
            byte[] damaged = kept.clone();
            damaged[at] ^= 1;
            Files.write(file(), damaged);
            build(device);
            assertThat(Files.readAllBytes(file())).hasSameSizeAs(kept).isNotEqualTo(damaged);
        }
        Files.write(file(), new byte[7]);
        build(device);
        assertThat(Files.size(file())).isGreaterThan(7);
    }

    @Test
    void whatADriverDoesNotTakeIsMadeAgain() {
        Device device = Devices.find("");
        ProgramCache cache = new ProgramCache(folder);
        build(device);
        cache.keep(device, DeviceProgram.options(device), SOURCE, new byte[] {1, 2, 3});
        build(device);
    }

    @Test
    void anErrorOfTheCompilerNamesTheNode() {
        Device device = Devices.find("");
        String wrong = SOURCE.replace("y[0] = 1", "y[0] = nothing");
        assertThatThrownBy(() -> DeviceProgram.of(device, wrong, new ProgramCache(folder)))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("one of \"a\"(Relu-14)");
    }
}
