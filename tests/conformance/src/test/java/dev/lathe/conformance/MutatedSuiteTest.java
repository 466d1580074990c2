package dev.lathe.conformance;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The models of the public suites with some of their bytes changed load, or are refused with a diagnostic: nothing else is thrown, nothing hangs. */
class MutatedSuiteTest {
    private static final long SLOW_NANOS = 3_000_000_000L;

    /** Mutants of each model; a longer campaign sets {@code -Dlathe.fuzz.mutants}. */
    private static final int MUTANTS = Integer.getInteger("lathe.fuzz.mutants", 4);

    @Test
    void mutatedModelsLoadOrAreRefused() throws IOException {
        assumeTrue(Files.isDirectory(OnnxTest.data()), "the ONNX test data is not at " + OnnxTest.data());
        Random random = new Random(Long.getLong("lathe.fuzz.seed", 7));
        List<String> failures = new ArrayList<>();
        for (String suite : OnnxTest.SUITES) {
            for (OnnxTest test : OnnxTest.suite(suite)) {
                byte[] model = Files.readAllBytes(test.directory().model());
                for (int k = 0; k < MUTANTS; k++) {
                    byte[] mutant = mutate(model, random);
                    String failure = read(mutant);
                    if (!failure.isEmpty()) {
                        failures.add(test.name() + ": " + failure);
                    }
                }
            }
        }
        assertTrue(failures.isEmpty(), () -> failures.size() + " failures:\n" + String.join("\n", failures));
    }

    private static String read(byte[] mutant) {
        long start = System.nanoTime();
        try {
            OnnxImporter.read(mutant, null);
        } catch (LatheException e) {
            return e.diagnostics().isEmpty() ? "refused without a reason" : "";
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return e + " at " + List.of(e.getStackTrace()).stream().limit(4).toList();
        }
        return System.nanoTime() - start > SLOW_NANOS ? "takes too long" : "";
    }

    /** Changes bytes in the part that holds the structure, at the front, rather than in weights. */
    private static byte[] mutate(byte[] model, Random random) {
        byte[] bytes = model.clone();
        int reach = Math.min(bytes.length, 2000);
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(reach);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes[at] += (byte) (random.nextInt(5) - 2);
                default -> bytes[at] = bytes[random.nextInt(reach)];
            }
        }
        return bytes;
    }
}
