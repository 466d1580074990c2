package dev.lathe.conformance.models;

import dev.lathe.demo.Pictures;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.QuadCurve2D;
import java.awt.image.BufferedImage;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("BlazeFace")
class FaceModelTest {

    @ParameterizedTest
    @EnumSource
    void allHeadsOfTheFrontModelAgree(Target target) {
        compare(target, Zoo.FACE_FRONT, 128);
    }

    @ParameterizedTest
    @EnumSource(names = "JAVA")
    void allHeadsOfTheBackModelAgree(Target target) {
        compare(target, Zoo.FACE_BACK, 256);
    }

    private static void compare(Target target, Zoo zoo, int size) {
        Executable model = target.load(zoo);
        Map<String, Tensor> inputs = Map.of(model.inputs().getFirst().name(), Pictures.pixels(face(size)));

        Closeness.assertClose(model.call(inputs), Models.oracle(zoo).call(inputs));
    }

    /** A drawn face in front of a wall. */
    static BufferedImage face(int size) {
        BufferedImage picture = Pictures.blank(size, size);
        Graphics2D g = picture.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.scale(size / 128.0, size / 128.0);
        g.setColor(new Color(0x8fa3b5));
        g.fillRect(0, 0, 128, 128);
        g.setColor(new Color(0x35475c));
        g.fill(new Ellipse2D.Double(18, 104, 92, 60)); // shoulders
        g.setColor(new Color(0x3a2a20));
        g.fill(new Ellipse2D.Double(33, 16, 62, 70)); // hair
        g.setPaint(new RadialGradientPaint(
                58, 55, 46, new float[] {0, 1}, new Color[] {new Color(0xf2cdb0), new Color(0xc08f6e)}));
        g.fill(new Ellipse2D.Double(38, 28, 52, 70));
        g.setColor(new Color(0xa87455));
        g.setStroke(new BasicStroke(2));
        g.draw(new QuadCurve2D.Double(64, 54, 58, 70, 66, 71)); // nose
        for (int x : new int[] {53, 75}) {
            g.setColor(Color.WHITE);
            g.fill(new Ellipse2D.Double(x - 6, 51, 12, 7));
            g.setColor(new Color(0x2b1d14));
            g.fill(new Ellipse2D.Double(x - 3, 51, 6, 7));
            g.draw(new QuadCurve2D.Double(x - 8, 47, x, 42, x + 8, 47)); // brow
        }
        g.setColor(new Color(0xa33f3f));
        g.setStroke(new BasicStroke(3));
        g.draw(new QuadCurve2D.Double(54, 80, 64, 87, 75, 80)); // mouth
        g.dispose();
        return picture;
    }
}
