package dev.lathe.runtime.input;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The options of a command line that say how images become numbers, as texts; {@link PictureReader} says what they
 * mean.
 */
public final class PictureOptions {
    private double scale = PictureReader.STANDARD.scale();
    private List<Double> mean = PictureReader.STANDARD.mean();
    private List<Double> std = PictureReader.STANDARD.std();
    private boolean bgr;
    private PictureReader.Fit fit = PictureReader.Fit.STRETCH;
    private int resize;
    private int pad;

    public void scale(String text) {
        scale = number("--scale", text);
    }

    public void mean(String text) {
        mean = channels("--mean", text);
    }

    public void std(String text) {
        std = channels("--std", text);
        if (std.contains(0.0)) {
            throw bad("--std", text, "it divides by 0", "give numbers other than 0");
        }
    }

    public void bgr() {
        bgr = true;
    }

    public void fit(String text) {
        for (PictureReader.Fit f : PictureReader.Fit.values()) {
            if (f.name().equalsIgnoreCase(text)) {
                fit = f;
                return;
            }
        }
        List<String> all = new ArrayList<>();
        for (PictureReader.Fit f : PictureReader.Fit.values()) {
            all.add(f.name().toLowerCase(Locale.ROOT));
        }
        throw bad("--fit", text, "there is no such way", Suggestion.of(text, all) + "give " + String.join(", ", all));
    }

    public void resize(String text) {
        resize = whole("--resize", text, 1 << 14);
    }

    public void pad(String text) {
        pad = whole("--pad", text, 255);
    }

    /**
     * What these options make.
     *
     * @throws LatheException of the user's fault if they contradict each other
     */
    public PictureReader reader() {
        if (resize > 0 && fit != PictureReader.Fit.CROP) {
            throw bad("--resize", "" + resize, "nothing is cut out after it", "add --fit crop");
        }
        if (pad > 0 && fit != PictureReader.Fit.LETTERBOX) {
            throw bad("--pad", "" + pad, "there are no bars", "add --fit letterbox");
        }
        return new PictureReader(scale, mean, std, bgr, fit, resize, pad);
    }

    private static List<Double> channels(String option, String text) {
        List<Double> all = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            all.add(number(option, part));
        }
        if (all.size() != 1 && all.size() != 3) {
            throw bad(
                    option, text, "it has " + all.size() + " numbers", "give one number, or three with commas between");
        }
        return List.copyOf(all);
    }

    private static double number(String option, String text) {
        try {
            double n = Double.parseDouble(text.strip());
            if (Double.isFinite(n)) {
                return n;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw bad(option, text, "\"" + text + "\" is not a number", "give a number such as 0.5");
    }

    private static int whole(String option, String text, int most) {
        try {
            int n = Integer.parseUnsignedInt(text.strip());
            if (n >= 0 && n <= most) {
                return n;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw bad(option, text, "it is not a number from 0 to " + most, "give one, such as " + Math.min(most, 256) / 2);
    }

    private static LatheException bad(String option, String text, String why, String fix) {
        return new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error("usage.image", option + " " + text + ": " + why, fix)));
    }
}
