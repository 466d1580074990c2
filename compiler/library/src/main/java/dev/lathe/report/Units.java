package dev.lathe.report;

import java.util.Locale;

/** Numbers as people read them. Prefixes are decimal: 1 MB is 1,000,000 bytes. */
public final class Units {
    private Units() {}

    /** Such as {@code 90.4 MB}. */
    public static String bytes(double bytes) {
        return scaled(bytes) + "B";
    }

    /** Such as {@code 22.7 M}. */
    public static String count(double number) {
        return scaled(number).strip();
    }

    /** Such as {@code 5.64 GFLOP}. */
    public static String flops(double flops) {
        return scaled(flops) + "FLOP";
    }

    /** Such as {@code 12.3 ms}. */
    public static String millis(double millis) {
        if (millis >= 10_000) {
            return String.format(Locale.ROOT, "%.1f s", millis / 1000);
        }
        return millis >= 0.1
                ? String.format(Locale.ROOT, "%s ms", digits(millis))
                : String.format(Locale.ROOT, "%s µs", digits(millis * 1000));
    }

    private static String scaled(double number) {
        String prefixes = " kMGTPE";
        double n = number;
        int i = 0;
        while (Math.abs(n) >= 999.5 && i < prefixes.length() - 1) {
            n /= 1000;
            i++;
        }
        return (i == 0 ? Long.toString(Math.round(n)) : digits(n)) + " " + (i == 0 ? "" : prefixes.charAt(i));
    }

    /** Three digits that count. */
    private static String digits(double n) {
        double magnitude = Math.abs(n);
        return String.format(Locale.ROOT, magnitude >= 99.95 ? "%.0f" : magnitude >= 9.995 ? "%.1f" : "%.2f", n);
    }
}
