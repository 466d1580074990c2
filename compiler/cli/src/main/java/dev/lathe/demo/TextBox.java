package dev.lathe.demo;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;

/**
 * A line of text in an image, as a rectangle that may be turned.
 *
 * @param centerX in pixels from the left edge
 * @param centerY in pixels from the top edge
 * @param width along the line, in pixels
 * @param height across the line, in pixels
 * @param angle of the line, in radians, clockwise from the x axis
 * @param score how sure the detector is, from 0 to 1
 */
public record TextBox(double centerX, double centerY, double width, double height, double angle, double score) {

    /** The rectangle in the image. */
    public Shape outline() {
        AffineTransform turn = AffineTransform.getTranslateInstance(centerX, centerY);
        turn.rotate(angle);
        return turn.createTransformedShape(new Rectangle2D.Double(-width / 2, -height / 2, width, height));
    }

    /** This box with all lengths in another unit. */
    TextBox scaled(double x, double y) {
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        double along = Math.hypot(cos * x, sin * y);
        double across = Math.hypot(sin * x, cos * y);
        return new TextBox(
                centerX * x, centerY * y, width * along, height * across, Math.atan2(sin * y, cos * x), score);
    }

    /** This box grown by {@code distance} on each side. */
    TextBox grown(double distance) {
        return new TextBox(centerX, centerY, width + 2 * distance, height + 2 * distance, angle, score);
    }

    /** This box with the line running along its long side; vertical lines read from bottom to top. */
    TextBox alongLine() {
        return height >= 1.5 * width
                ? new TextBox(centerX, centerY, /* width= */ height, /* height= */ width, angle - Math.PI / 2, score)
                : this;
    }
}
