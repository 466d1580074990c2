package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The activations that recurrent nodes may name, with parameters and without. */
class RecurrentActivationTest extends OperatorTest {
    private static final List<String> NAMES = List.of(
            "Relu",
            "Tanh",
            "Sigmoid",
            "Affine",
            "LeakyRelu",
            "ThresholdedRelu",
            "ScaledTanh",
            "HardSigmoid",
            "Elu",
            "Softsign",
            "Softplus");

    @Override
    boolean inAllForms() {
        return false;
    }

    @TestFactory
    Stream<DynamicTest> sameAsOnnxRuntime() {
        for (String type : List.of("RNN", "GRU", "LSTM")) {
            int each = type.equals("LSTM") ? 3 : type.equals("GRU") ? 2 : 1;
            for (int i = 0; i < NAMES.size(); i++) {
                for (int parameters = 0; parameters < 3; parameters++) {
                    String direction =
                            List.of("forward", "reverse", "bidirectional").get((i + parameters) % 3);
                    add(type, NAMES.get(i), direction, parameters, each);
                }
            }
            for (int i = 0; i < 6; i++) {
                mixed(type, each, i);
            }
        }
        return tests();
    }

    private void add(String type, String name, String direction, int parameters, int each) {
        if (differs(type, name, parameters)) {
            return;
        }
        int d = direction.equals("bidirectional") ? 2 : 1;
        List<Object> parts = operands(type, d);
        parts.add(attribute("direction", direction));
        parts.add(attribute("activations", Collections.nCopies(each * d, name).toArray(String[]::new)));
        if (parameters > 0) {
            parts.add(attribute("activation_alpha", some(each * d)));
        }
        if (parameters > 1) {
            parts.add(attribute("activation_beta", some(each * d)));
        }
        oracle(type + " " + name + " " + direction + " " + parameters, type + "-14", "y h", parts.toArray());
    }

    /**
     * The standard's ThresholdedRelu begins at 1 where nothing is said, ONNX Runtime's in recurrent nodes at 0; its
     * softplus overflows.
     */
    private static boolean differs(String type, String name, int parameters) {
        return name.equals("ThresholdedRelu") && parameters == 0 || name.equals("Softplus") && !type.equals("RNN");
    }

    /** Different functions in one node take their parameters in order. */
    private void mixed(String type, int each, int number) {
        List<Object> parts = operands(type, 2);
        String[] names = new String[2 * each];
        Arrays.setAll(names, _ -> NAMES.get(random.nextInt(NAMES.size() - 1))); // all but Softplus
        parts.add(attribute("direction", "bidirectional"));
        parts.add(attribute("activations", names));
        parts.add(attribute("activation_alpha", some(2 * each)));
        parts.add(attribute("activation_beta", some(2 * each)));
        oracle(type + " " + number + " of " + Arrays.toString(names), type + "-14", "y h", parts.toArray());
    }

    private float[] some(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = 0.3f + random.nextFloat();
        }
        return values;
    }

    private List<Object> operands(String type, int directions) {
        long gates = type.equals("LSTM") ? 4 : type.equals("GRU") ? 3 : 1;
        return new ArrayList<>(List.of(
                random(3, 2, 4),
                random(directions, gates * 3, 4),
                random(directions, gates * 3, 3),
                random(directions, 2 * gates * 3),
                attribute("hidden_size", 3)));
    }
}
