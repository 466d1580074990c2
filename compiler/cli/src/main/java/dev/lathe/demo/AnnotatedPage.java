package dev.lathe.demo;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.List;

/** An image beside what was read in it: each line where it stands, in its colour. */
public final class AnnotatedPage {
    private static final Color[] COLORS = {
        new Color(0x1f77b4),
        new Color(0xd9571c),
        new Color(0x2a9245),
        new Color(0xc2283c),
        new Color(0x7a4fb0),
        new Color(0x8a5a3c),
        new Color(0xc44f9f),
        new Color(0x0b8f9c)
    };
    private static final Color GAP = new Color(0xe3e6ea);

    private AnnotatedPage() {}

    /** Draws the boxes on the image, and the text they hold on a white page to the right of it. */
    public static BufferedImage draw(BufferedImage picture, List<PageReader.Line> lines) {
        int width = picture.getWidth();
        int gap = Math.max(4, width / 120);
        BufferedImage both = Pictures.blank(2 * width + gap, picture.getHeight());
        Graphics2D g = SamplePage.smooth(both);
        g.drawImage(picture, 0, 0, null);
        g.setColor(GAP);
        g.fillRect(width, 0, gap, picture.getHeight());
        float stroke = Math.max(1.2f, width / 480f);
        for (int i = 0; i < lines.size(); i++) {
            PageReader.Line line = lines.get(i);
            Color color = COLORS[i % COLORS.length];
            g.setColor(transparent(color, 40));
            g.fill(line.box().outline());
            g.setColor(color);
            g.setStroke(new BasicStroke(stroke, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            g.draw(line.box().outline());
            Graphics2D right = (Graphics2D) g.create();
            right.translate(width + gap, 0);
            write(right, line, color, stroke);
            right.dispose();
        }
        g.dispose();
        return both;
    }

    private static void write(Graphics2D g, PageReader.Line line, Color color, float stroke) {
        TextBox box = line.box();
        g.setColor(transparent(color, 18));
        g.fill(box.outline());
        g.setColor(transparent(color, 110));
        g.setStroke(new BasicStroke(stroke / 2));
        g.draw(box.outline());
        g.setColor(color.darker());
        g.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 1).deriveFont((float) (box.height() * 0.8));
        double width =
                font.getStringBounds(line.text(), g.getFontRenderContext()).getWidth();
        double stretch = Math.min(1.4, 0.96 * box.width() / Math.max(width, 1));
        AffineTransform place = AffineTransform.getTranslateInstance(box.centerX(), box.centerY());
        place.rotate(box.angle());
        place.scale(stretch, 1);
        g.transform(place);
        g.setFont(font);
        g.drawString(line.text(), (float) (-width / 2), (float) (box.height() * 0.28));
    }

    private static Color transparent(Color color, int alpha) {
        return new Color(color.getRed(), color.getGreen(), color.getBlue(), alpha);
    }
}
