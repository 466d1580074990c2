package dev.lathe.conformance.models;

import dev.lathe.conformance.OnnxRuntime;
import dev.lathe.demo.Zoo;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Silero VAD as it is shipped")
class ShippedSpeechModelTest {
    /** No shape is fixed: which branch reads the sound depends on the rate, and its ranks on the sizes. */
    @ParameterizedTest
    @EnumSource
    void theFileAsItIsServesBothRates(Target target) {
        Executable model = target.compile(OnnxImporter.read(Models.file(Zoo.SPEECH)));
        assertServesBothRates(model);
    }

    @Test
    void theFileAsItIsExported() {
        Graph graph = Target.canonical(OnnxImporter.read(Models.file(Zoo.SPEECH)));
        assertServesBothRates(OnnxRuntime.load(OnnxExporter.bytes(graph)));
    }

    private static void assertServesBothRates(Executable model) {
        float[] hum = SpeechModelTest.hum();
        for (int length : new int[] {576, 288}) {
            Tensor rate = Tensor.scalar(length == 576 ? 16_000L : 8_000L);
            Tensor state = Tensor.zeros(ElementType.F32, 2, 1, 128);
            for (int chunk = 0; chunk < 5; chunk++) {
                float[] samples = new float[length];
                for (int i = 0; i < length; i++) {
                    samples[i] = chunk * 0.5f * hum[i];
                }
                Map<String, Tensor> inputs = Map.of("input", Tensor.of(samples, 1, length), "state", state, "sr", rate);
                Map<String, Tensor> expected = Models.oracle(Zoo.SPEECH).call(inputs);
                Closeness.assertClose(model.call(inputs), expected);
                state = expected.get("stateN");
            }
        }
    }
}
