package dev.lathe.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.ir.tensor.Tensor;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.util.List;
import org.junit.jupiter.api.Test;

class BoxFinderTest {
    private static final int SIZE = 128;

    @Test
    void aTurnedBarIsFoundWithItsAngleAndGrows() {
        float[] map = bar(new float[SIZE * SIZE], 64, 64, 60, 10, Math.toRadians(20), 0.9f);

        TextBox box = found(map).getFirst();

        assertThat(found(map)).hasSize(1);
        assertThat(box.centerX()).isCloseTo(64, within(1.0));
        assertThat(box.centerY()).isCloseTo(64, within(1.0));
        assertThat(Math.toDegrees(box.angle())).isCloseTo(20, within(3.0));
        assertThat(box.width()).isBetween(70.0, 82.0);
        assertThat(box.height()).isBetween(20.0, 30.0);
        assertThat(box.score()).isGreaterThan(0.75);
    }

    @Test
    void whatIsFaintOrTinyIsNoText() {
        float[] map = bar(new float[SIZE * SIZE], 30, 30, 40, 10, 0, 0.4f);
        bar(map, 100, 100, 2, 2, 0, 0.95f);

        assertThat(found(map)).isEmpty();
    }

    @Test
    void boxesAreReadRowByRow() {
        float[] map = bar(new float[SIZE * SIZE], 90, 20, 40, 8, 0, 0.9f);
        bar(map, 30, 22, 40, 8, 0, 0.9f);
        bar(map, 30, 80, 40, 8, 0, 0.9f);

        assertThat(TextDetector.inReadingOrder(found(map)))
                .extracting(b -> Math.round(b.centerX()))
                .containsExactly(30L, 90L, 30L);
    }

    @Test
    void verticalLinesRunAlongTheirLongSide() {
        TextBox box = new TextBox(10, 10, 5, 40, 0, 1).alongLine();

        assertThat(box.width()).isEqualTo(40);
        assertThat(box.angle()).isEqualTo(-Math.PI / 2);
    }

    private static List<TextBox> found(float[] map) {
        return BoxFinder.find(Tensor.of(map, 1, 1, SIZE, SIZE));
    }

    private static float[] bar(float[] map, int x, int y, int width, int height, double angle, float value) {
        AffineTransform turn = AffineTransform.getTranslateInstance(x, y);
        turn.rotate(angle);
        var shape = turn.createTransformedShape(new Rectangle2D.Double(-width / 2.0, -height / 2.0, width, height));
        for (int i = 0; i < map.length; i++) {
            int row = i / SIZE;
            if (shape.contains(i % SIZE + 0.5, row + 0.5)) {
                map[i] = value;
            }
        }
        return map;
    }
}
