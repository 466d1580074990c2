package dev.lathe.runtime;

/**
 * Which integers some products with one left operand take as bytes: the 256 around those of an earlier call, if no sum
 * of such is too large. Then a call only makes bytes of its numbers, which tells whether all are in the range, and does
 * not read them all before to find out.
 */
final class ByteRange {
    private final IntegerProduct[] products;
    private boolean isWhole;
    private int least;

    ByteRange(IntegerProduct... products) {
        this.products = products;
    }

    /** Whether the products are prepared for all integers from {@link #least} to that plus 255. */
    boolean isWhole() {
        return isWhole;
    }

    /** What an element is more than its byte. */
    int least() {
        return least;
    }

    /** Prepares the products for elements from {@code first} to {@code greatest}; false if these may not be bytes. */
    boolean fit(float first, float greatest) {
        isWhole = false;
        if (!(greatest - first <= 255)) {
            return false;
        }
        // The range whose magnitudes are the least.
        float from = Math.clamp((float) Byte.MIN_VALUE, greatest - 255, first);
        isWhole = prepare(from, from + 255);
        return isWhole || prepare(first, greatest);
    }

    private boolean prepare(float first, float greatest) {
        for (IntegerProduct product : products) {
            if (!product.prepare(first, greatest)) {
                return false;
            }
        }
        least = (int) first;
        return true;
    }
}
