package dev.lathe.text;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import dev.lathe.tokenizers.Encoding;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A model that gives some numbers for each text.
 *
 * @param output its name
 * @param labels what each number stands for
 */
record Logits(TokenModel model, String output, List<String> labels) {
    private static final List<String> NAMES = List.of("logits");

    /** @param named the labels, if they are known; else they are {@code LABEL_0}, {@code LABEL_1} and so on */
    static Logits of(TokenModel model, List<String> named) {
        Optional<Port> matrix = model.output(2, NAMES);
        Port port = matrix.or(() -> model.output(1, NAMES))
                .orElseThrow(() -> TextFaults.model(
                        "text.outputs",
                        "the model is no classifier: it has no output [batch, labels] among " + model.outputs(),
                        "export it for sequence classification"));
        TensorType type = (TensorType) port.type();
        Dim width = type.rank() == 1 ? Dim.ONE : type.dim(1);
        int count = width.isConstant() ? Math.toIntExact(width.constant()) : named.size();
        if (count == 0 || !named.isEmpty() && named.size() != count) {
            throw TextFaults.model(
                    "text.labels",
                    "the model's output " + port + " does not fit its " + named.size() + " labels",
                    "take the config.json that came with the model");
        }
        return new Logits(model, port.name(), named.isEmpty() ? numbered(count) : named);
    }

    private static List<String> numbered(int count) {
        return java.util.stream.IntStream.range(0, count)
                .mapToObj(i -> "LABEL_" + i)
                .toList();
    }

    /** The numbers for each text; what has no tokens has none. */
    float[][] run(List<Encoding> texts) {
        float[][] rows = new float[texts.size()][labels.size()];
        for (float[] row : rows) {
            Arrays.fill(row, Float.NaN);
        }
        model.run(texts, output, (text, result, row) -> rows[text] = row(result, row));
        return rows;
    }

    private float[] row(Tensor result, int row) {
        int width = labels.size();
        return Arrays.copyOfRange(result.toFloatArray(), row * width, (row + 1) * width);
    }
}
