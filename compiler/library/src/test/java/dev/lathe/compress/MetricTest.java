package dev.lathe.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class MetricTest {
    private static final Offset<Double> NEAR = within(1e-6);

    private static Metric.Call call(Tensor expected, Tensor actual, long... labels) {
        return new Metric.Call(
                Map.of("y", expected),
                Map.of("y", actual),
                labels.length == 0 ? Optional.empty() : Optional.of(Tensor.vector(labels)));
    }

    private static Metric.Score score(Metric metric, Metric.Call... calls) {
        Metric.Meter meter = metric.start();
        for (Metric.Call c : calls) {
            meter.add(c);
        }
        return meter.score();
    }

    private static Tensor row(float... values) {
        return Tensor.of(values, 1, values.length);
    }

    @Test
    void namesAreThoseThatPeopleType() {
        assertThat(Metric.ALL)
                .extracting(Object::toString)
                .containsExactly("cosine", "worst-cosine", "max-abs", "top1", "text", "same-neighbour", "accuracy");
        assertThat(Metric.named("text")).contains(Metric.TEXT);
        assertThat(Metric.named("bleu")).isEmpty();
    }

    @Test
    void cosinesAndDifferences() {
        Metric.Call same = call(row(1, 0), row(2, 0));
        Metric.Call other = call(row(1, 0), row(0, 1));
        assertThat(score(Metric.COSINE, same, other).loss()).isCloseTo(0.5, NEAR);
        assertThat(score(Metric.WORST_COSINE, same, other).loss()).isCloseTo(1, NEAR);
        assertThat(score(Metric.MAX_ABS, call(row(4, 0), row(3, 0))).loss()).isCloseTo(0.25, NEAR);
        assertThat(score(Metric.TOP1, same, other).loss()).isCloseTo(0.5, NEAR);
    }

    @Test
    void textsAreReadWithoutRepeatsAndBlanks() {
        // Two classes and the blank, which is 0: 1 1 0 1 2, read as 1 1 2.
        float[] long1 = {0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
        float[] long2 = {1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
        float[] other = {0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1};
        Tensor text = Tensor.of(long1, 1, 5, 3);
        assertThat(score(Metric.TEXT, call(text, Tensor.of(long2, 1, 5, 3))).loss())
                .isZero();
        assertThat(score(Metric.TEXT, call(text, text), call(text, Tensor.of(other, 1, 5, 3)))
                        .loss())
                .isCloseTo(0.5, NEAR);
        assertThatThrownBy(() -> score(Metric.TEXT, call(Tensor.vector(1), Tensor.vector(1))))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("the metric text needs");
    }

    @Test
    void neighboursAreAmongAllSamples() {
        Metric.Call a = call(row(1, 0), row(1, 0));
        Metric.Call near = call(row(1, 0.1f), row(1, 0.1f));
        Metric.Call far = call(row(0, 1), row(0, 1));
        assertThat(score(Metric.SAME_NEIGHBOUR, a, near, far).after()).isEqualTo(1);
        // The second one moves to the third: it has another neighbour, as has the first; the third has not.
        Metric.Call moved = call(row(1, 0.1f), row(0.1f, 1));
        assertThat(score(Metric.SAME_NEIGHBOUR, a, moved, far).after()).isCloseTo(2 / 3.0, NEAR);
        // Over words, the mean counts.
        Tensor words = Tensor.of(new float[] {2, 0, 0, 2}, 1, 2, 2);
        assertThat(score(Metric.SAME_NEIGHBOUR, call(words, words), a).after()).isEqualTo(1);
    }

    @Test
    void accuracyIsOfTheLabels() {
        Metric.Score score = score(
                Metric.ACCURACY,
                call(row(1, 0), row(1, 0), 0),
                call(row(1, 0), row(0, 1), 0),
                call(row(1, 0), row(0, 1), 1),
                call(row(1, 0), row(0, 1), 0));
        assertThat(score.before()).isCloseTo(0.75, NEAR);
        assertThat(score.after()).isCloseTo(0.5, NEAR);
        assertThat(score.loss()).isCloseTo(0.25, NEAR);
        assertThatThrownBy(() -> score(Metric.ACCURACY, call(row(1, 0), row(1, 0))))
                .hasMessageContaining("needs labels");
        assertThatThrownBy(() -> score(Metric.ACCURACY, call(row(1, 0), row(1, 0), 1, 2)))
                .hasMessageContaining("2 labels");
    }

    @Test
    void aFunctionOfOnesOwn() {
        Metric metric = Metric.of(
                "first",
                c -> Math.abs(Tensor.named(c.expected(), "y").getDouble(0)
                        - Tensor.named(c.actual(), "y").getDouble(0)));
        assertThat(metric).hasToString("first");
        assertThat(score(metric, call(row(1), row(1)), call(row(1), row(0.5f))).loss())
                .isCloseTo(0.25, NEAR);
    }
}
