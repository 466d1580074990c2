package dev.lathe.runtime.input;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.List;

/**
 * Arrays in the element type that an input declares. NumPy makes f64 and i64 of everything that a person types, so
 * floats are rounded to the declared float type, and integers become another integer or float type that holds each of
 * them exactly. A note says so. All else is left for the model to refuse.
 */
final class Conversion {
    private Conversion() {}

    static Datum of(Port port, Datum value, List<String> notes) {
        if (!(value instanceof Tensor t)
                || !(port.type() instanceof TensorType type)
                || t.element() == type.element()
                || !isSafe(t.element(), type.element())) {
            return value;
        }
        Tensor converted = convert(port, t, type.element());
        notes.add("input \"" + port.name() + "\" is " + t.element().text() + ": converted to the model's "
                + type.element().text());
        return converted;
    }

    private static boolean isSafe(ElementType from, ElementType to) {
        return from.isFloat() && to.isFloat() || from.isInteger() && (to.isInteger() || to.isFloat());
    }

    private static Tensor convert(Port port, Tensor from, ElementType element) {
        Tensor to = Tensor.zeros(element, from.dims());
        boolean floats = from.element().isFloat();
        for (long i = 0; i < from.size(); i++) {
            if (floats) {
                to.setDouble(i, from.getDouble(i));
                continue;
            }
            long n = from.getLong(i);
            boolean exact;
            if (element.isFloat()) {
                to.setDouble(i, n);
                exact = to.getDouble(i) == n && Math.abs(n) <= 1L << 53;
            } else {
                to.setLong(i, n);
                exact = to.getLong(i) == n && (n >= 0 || from.element().isUnsigned() == element.isUnsigned());
            }
            if (!exact) {
                throw new LatheException(Diagnostic.error(
                        "input.convert",
                        "input \"" + port.name() + "\" is " + from.element().text() + " and holds "
                                + from.elementText(i) + ", which is no " + element.text(),
                        "give an array of " + element.text()));
            }
        }
        return to;
    }
}
