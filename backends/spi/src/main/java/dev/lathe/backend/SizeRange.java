package dev.lathe.backend;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.util.List;

/**
 * The sizes that a symbolic dimension will have.
 *
 * @param least the least of them
 * @param usual the one to be fast at
 * @param most the largest
 */
public record SizeRange(long least, long usual, long most) {
    public SizeRange {
        if (least < 0 || usual < least || most < usual) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.range",
                            least + ".." + usual + ".." + most + " is no range of sizes",
                            "write the least size, the usual one and the largest in this order")));
        }
    }

    /**
     * Reads {@code 1..8..32}, or {@code 1..32} where the largest size is the usual one, or {@code 8}.
     *
     * @throws LatheException {@code usage.range} if the text is no range
     */
    public static SizeRange parse(String text) {
        String[] parts = text.split("\\.\\.", -1);
        try {
            long first = Long.parseLong(parts[0]);
            long last = Long.parseLong(parts[parts.length - 1]);
            if (parts.length <= 3) {
                return new SizeRange(first, parts.length == 3 ? Long.parseLong(parts[1]) : last, last);
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "usage.range", "\"" + text + "\" is no range of sizes", "write it as 1..8..32 or 1..32")));
    }
}
