package dev.lathe.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.compress.Budget.Bound;
import dev.lathe.compress.Budget.Quantity;
import dev.lathe.ir.diag.LatheException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTest {
    @Test
    void boundsAreReadWithTheirUnits() {
        Budget b = Budget.parse("size<=25%, loss <= 0.5% ,latency<=5ms,same-neighbour>=0.9, memory<=1.5GB, flops<=50%,"
                + "parameters<=10M, size<=20MB, accuracy>=92%, latency<=80%");
        assertThat(b.bounds())
                .containsExactly(
                        new Bound(Quantity.SIZE, null, 0.25, true),
                        new Bound(Quantity.LOSS, null, 0.005, false),
                        new Bound(Quantity.LATENCY, null, 5, false),
                        new Bound(Quantity.SCORE, Metric.SAME_NEIGHBOUR, 0.9, false),
                        new Bound(Quantity.MEMORY, null, 1.5e9, false),
                        new Bound(Quantity.FLOPS, null, 0.5, true),
                        new Bound(Quantity.PARAMETERS, null, 1e7, false),
                        new Bound(Quantity.SIZE, null, 2e7, false),
                        new Bound(Quantity.SCORE, Metric.ACCURACY, 0.92, false),
                        new Bound(Quantity.LATENCY, null, 0.8, true));
        assertThat(b.toString()).startsWith("size<=25%, loss<=0.5%, latency<=5.00 ms, same-neighbour>=0.9");
    }

    @Test
    void aBoundHoldsOrSaysByHowMuchNot() {
        Bound size = new Bound(Quantity.SIZE, null, 0.25, true);
        assertThat(size.holds(100, 25)).isTrue();
        assertThat(size.excess(100, 50)).isEqualTo(1);
        Bound score = new Bound(Quantity.SCORE, Metric.TEXT, 0.9, false);
        assertThat(score.holds(1, 0.9)).isTrue();
        assertThat(score.holds(1, 0.89)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        small            | it is no bound
        size<25%         | it is no bound
        size>=25%        | size is at most something
        size<=25         | size needs a unit
        size<=25 ms      | size is not counted in "ms"
        speed<=25%       | there is no "speed"
        cosine<=0.9      | a metric is at least a number
        latency<=5..1ms  | "5..1" is no number
        size<=25%,       | it is no bound
        size<=-25%       | it is no bound
        size<=NaN        | it is no bound
        size<=1e999MB    | "1e999" is no number
        loss<=200%       | a loss or a score is a share of at most 1
        loss<=2          | a loss or a score is a share of at most 1
        loss<=1 ms       | loss is not counted in "ms"
        accuracy>=92     | a loss or a score is a share of at most 1
        """)
    void whatCannotBeReadIsTold(String text, String why) {
        assertThatThrownBy(() -> Budget.parse(text))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("write bounds such as size<=25%");
    }
}
