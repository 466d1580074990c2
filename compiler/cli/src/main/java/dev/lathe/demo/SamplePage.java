package dev.lathe.demo;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.TextAttribute;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A page to read, drawn with Java2D: a heading on colour, running text, a table, a stamp at an angle. Needs a font on
 * the machine.
 */
public final class SamplePage {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 1280;
    private static final Color INK = new Color(0x22, 0x26, 0x30);
    private static final Color BAND = new Color(0x1d, 0x3a, 0x5f);
    private static final Color STAMP = new Color(0xb0, 0x24, 0x2c);
    private static final Color PAPER = new Color(0xfb, 0xf9, 0xf4);

    private final Graphics2D g;
    private final List<String> texts = new ArrayList<>();

    /** A page and the texts on it, from top to bottom. */
    public record Page(BufferedImage picture, List<String> texts) {}

    private SamplePage(Graphics2D g) {
        this.g = g;
    }

    /**
     * Draws text once, to see whether this machine can.
     *
     * @throws LatheException if it has no fonts
     */
    public static void requireFonts() {
        Graphics2D g = Pictures.blank(1, 1).createGraphics();
        try {
            g.getFontMetrics(new Font(Font.SANS_SERIF, Font.PLAIN, 10)).stringWidth("a");
        } catch (LinkageError | InternalError | RuntimeException e) {
            // What Java2D throws without fonts depends on what else is missing.
            throw new LatheException(
                    LatheException.Fault.UNAVAILABLE,
                    List.of(Diagnostic.error(
                            "demo.no-fonts",
                            "drawing a page needs fonts, and this machine has none that Java can use: " + e,
                            "install fontconfig and a font (Debian: apt install fontconfig fonts-dejavu-core)")));
        } finally {
            g.dispose();
        }
    }

    /** The page, 3:4, {@code width} pixels wide. */
    public static Page render(int width) {
        BufferedImage picture = Pictures.blank(width, width * HEIGHT / WIDTH);
        Graphics2D g = smooth(picture);
        g.scale((double) width / WIDTH, (double) width / WIDTH);
        SamplePage page = new SamplePage(g);
        page.draw();
        g.dispose();
        return new Page(picture, List.copyOf(page.texts));
    }

    /** An image of one line of black text on white, {@code height} pixels high. */
    public static BufferedImage line(String text, int height) {
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, Math.round(height * 0.72f));
        Graphics2D probe = smooth(Pictures.blank(1, 1));
        int width = probe.getFontMetrics(font).stringWidth(text) + height / 2;
        probe.dispose();
        BufferedImage picture = Pictures.blank(width, height);
        Graphics2D g = smooth(picture);
        g.setColor(Color.BLACK);
        g.setFont(font);
        g.drawString(text, height / 4, Math.round(height * 0.76f));
        g.dispose();
        return picture;
    }

    static Graphics2D smooth(BufferedImage picture) {
        Graphics2D g = picture.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        return g;
    }

    private void draw() {
        g.setColor(PAPER);
        g.fillRect(0, 0, WIDTH, HEIGHT);
        g.setColor(BAND);
        g.fillRect(0, 0, WIDTH, 170);
        text("Hello ONNX 2026", font(Font.SANS_SERIF, Font.PLAIN, 58), Color.WHITE, 70, 92);
        text("A page that machines can read", font(Font.SANS_SERIF, Font.PLAIN, 27), new Color(0xc9d8ea), 72, 138);

        Font serif = font(Font.SERIF, Font.PLAIN, 29);
        String[] paragraph = {
            "Lathe turns a model into an ordinary jar of",
            "readable Java: it finds these lines, cuts them",
            "out and reads them, one after the other, with",
            "two networks of the PP-OCR family.",
        };
        int y = 252;
        for (String line : paragraph) {
            text(line, serif, INK, 70, y);
            y += 46;
        }

        table(480);

        text("Please write to reader@example.org", font(Font.MONOSPACED, Font.PLAIN, 26), INK, 70, 985);
        stamp();
        text("Invoice 10438", font(Font.SANS_SERIF, Font.BOLD, 24), INK, 70, 1200);
        text("Page 1 of 1", font(Font.SANS_SERIF, Font.PLAIN, 24), INK, 740, 1200);
    }

    private void table(int top) {
        Font head = font(Font.SANS_SERIF, Font.BOLD, 26);
        Font body = font(Font.SANS_SERIF, Font.PLAIN, 26);
        String[][] rows = {
            {"Item", "Pieces", "Price"},
            {"Chisel", "12", "48.60"},
            {"Spindle", "3", "129.99"},
            {"Tailstock", "1", "1,250.00"},
            {"Total", "16", "1,428.59"},
        };
        for (int r = 0; r < rows.length; r++) {
            int y = top + r * 76;
            g.setColor(r == 0 ? new Color(0xd9e3ee) : r % 2 == 1 ? Color.WHITE : new Color(0xf1efe8));
            g.fillRect(60, y, WIDTH - 120, 76);
            Font font = r == 0 || r == rows.length - 1 ? head : body;
            text(rows[r][0], font, INK, 90, y + 48);
            text(rows[r][1], font, INK, 450, y + 48);
            text(rows[r][2], font, INK, 700, y + 48);
        }
        g.setColor(new Color(0x9a, 0xa5, 0xb1));
        g.setStroke(new BasicStroke(1.5f));
        g.drawRect(60, top, WIDTH - 120, rows.length * 76);
    }

    private void stamp() {
        Graphics2D turned = (Graphics2D) g.create();
        turned.translate(690, 1090);
        turned.rotate(Math.toRadians(-14));
        turned.setColor(STAMP);
        turned.setStroke(new BasicStroke(4));
        turned.draw(new RoundRectangle2D.Double(-165, -46, 330, 92, 20, 20));
        new SamplePage(turned) // the text is noted once, by this page
                .text("APPROVED", font(Font.SANS_SERIF, Font.BOLD, 46), STAMP, -136, 17);
        texts.add("APPROVED");
        turned.dispose();
    }

    private static Font font(String family, int style, int size) {
        return new Font(family, style, size).deriveFont(Map.of(TextAttribute.KERNING, TextAttribute.KERNING_ON));
    }

    private void text(String text, Font font, Color color, int x, int y) {
        g.setFont(font);
        g.setColor(color);
        g.drawString(text, x, y);
        texts.add(text);
    }
}
