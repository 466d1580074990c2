package dev.lathe.conformance.models;

import dev.lathe.conformance.OnnxRuntime;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.LatheException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Assumptions;

/** The files of the models and ONNX Runtime's view of them. */
public final class Models {
    private static final Map<Zoo, Executable> ORACLES = new ConcurrentHashMap<>();

    private Models() {}

    /**
     * The file: from the folder in the property {@code lathe.test.models}, where the build has unpacked it, or else
     * fetched. The test is skipped where the client that fetches it is missing or has no network. */
    public static Path file(Zoo model) {
        Path unpacked = Path.of(System.getProperty("lathe.test.models", ""), model.entry());
        if (Files.isRegularFile(unpacked)) {
            return unpacked;
        }
        assumeAvailable(model::fetch);
        return model.fetch();
    }

    /** Skips the test if {@code step} finds that this machine lacks something. */
    static void assumeAvailable(Runnable step) {
        try {
            step.run();
        } catch (LatheException e) {
            Assumptions.assumeTrue(e.fault() != LatheException.Fault.UNAVAILABLE, e.getMessage());
            throw e;
        }
    }

    static Executable oracle(Zoo model) {
        return ORACLES.computeIfAbsent(model, m -> OnnxRuntime.load(file(m)));
    }
}
