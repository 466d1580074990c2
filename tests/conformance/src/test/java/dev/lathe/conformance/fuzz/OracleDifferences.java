package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Node;
import dev.lathe.ir.op.*;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Where ONNX Runtime is no oracle: what it gets wrong or the standard leaves open, and what it refuses, each with the reason. */
final class OracleDifferences {
    /** Parts of messages with which it refuses a model or an input. */
    private static final Map<String, String> REFUSALS = new LinkedHashMap<>();

    static {
        REFUSALS.put("Type Error", "an element type that the operator does not take");
        REFUSALS.put("is not currently registered or supported", "complex numbers");
        REFUSALS.put("Invalid input shape", "a window larger than its input");
        REFUSALS.put("Calculated output dimension is negative", "a window larger than its input");
        REFUSALS.put("Pad should be smaller than kernel", "padding as large as the window");
        REFUSALS.put("output_padding", "output padding that is not smaller than stride and dilation");
        REFUSALS.put("Unexpected mode of 3", "padding that wraps");
        REFUSALS.put("Pad reflect", "a reflection longer than the axis");
        REFUSALS.put("Cannot use 'edge' mode", "the edge of nothing");
        REFUSALS.put("data type is not supported with Scatter", "an element type for scatter with a reduction");
        REFUSALS.put("Failed to construct locale", "a locale that the operating system lacks");
        REFUSALS.put("exclude_outside can be set to 1", "a mode of resize");
        REFUSALS.put("'Cubic' mode only supports", "a mode of resize");
        REFUSALS.put("'Linear' mode only", "a mode of resize");
        REFUSALS.put("when anti-aliasing is set", "a mode of resize");
        REFUSALS.put("block_size must be 0", "blocks for a scale of one");
        REFUSALS.put("Input tensor has no dimensions", "padding of a scalar");
    }

    private OracleDifferences() {}

    /** Why a result of {@code n} may differ. */
    static Optional<String> reason(Node n, Witness values) {
        for (var v : n.results()) {
            Datum d = values.datum(v);
            if (d instanceof Tensor t && t.size() == 0) {
                return Optional.of("an empty tensor, by whose size some kernels divide");
            }
            if (d instanceof Datum.Maybe m && m.element().isEmpty()) {
                return Optional.of("an absent value, which as a result ends the process");
            }
        }
        String reason = switch (n.op()) {
            case dev.lathe.ir.op.Random _ -> "random by specification";
            case NonZero z when rank(z.x()) == 0 -> "non-zero of a scalar is [0, N] by the standard, [1, N] there";
            case Resize r
            when r.antialias() && (r.coordinates() != CoordinateMode.HALF_PIXEL || !r.excludeOutside()) ->
                "antialiasing with other coordinates than half pixels, or with what is outside: it always leaves that"
                        + " out";
            case Pad p
            when p.mode() == PadMode.WRAP -> wrapsTwice(p, values) ? "padding that wraps more than once" : null;
            default -> null;
        };
        return Optional.ofNullable(reason);
    }

    private static boolean wrapsTwice(Pad p, Witness values) {
        long[] dims = values.tensor(p.x()).dims();
        for (int i = 0; i < dims.length; i++) {
            if (values.dim(p.before().get(i)) > dims[i] || values.dim(p.after().get(i)) > dims[i]) {
                return true;
            }
        }
        return false;
    }

    private static int rank(dev.lathe.ir.Value v) {
        return ((TensorType) v.type()).rank();
    }

    /** Why it refuses a model with such a message. */
    static Optional<String> refusal(String message) {
        return REFUSALS.entrySet().stream()
                .filter(e -> message.contains(e.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
