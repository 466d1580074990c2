package dev.lathe.runtime.input;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether what belongs to several callers may be computed in one call of a model. Its types must say so: one symbol is
 * the first dimension of all inputs and outputs and stands nowhere else, and sizes of outputs follow from those of
 * inputs. And rows that are computed together must come out as they do alone, within 1e-4 of the output's scale. That
 * is tried on random inputs and no proof, but types do not tell whether a model mixes its rows, as one does that takes
 * the scale of a quantization from the whole batch.
 *
 * @param symbol the size of the batch; empty if rows must not share a call
 * @param reason why they must not; empty if they may
 */
public record BatchAxis(Optional<String> symbol, String reason) {
    private static final int ROWS = 3;
    private static final double TOLERANCE = 1e-4;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** No batches, for this reason. */
    public static BatchAxis none(String reason) {
        return new BatchAxis(Optional.empty(), reason);
    }

    /** Looks at the types of a model, whose inputs and outputs are all tensors, and calls it some times. */
    public static BatchAxis of(Executable model) {
        List<Port> ports = new ArrayList<>(model.inputs());
        ports.addAll(model.outputs());
        Optional<String> symbol = firstSymbol(model);
        if (symbol.isEmpty()) {
            return none("no input has a first dimension of any size");
        }
        for (Port port : ports) {
            if (!hasRows((TensorType) port.type(), symbol.get())) {
                return none("\"" + port.name() + "\" is " + port.type() + ", without rows along " + symbol.get());
            }
        }
        Set<String> bound = new LinkedHashSet<>();
        model.inputs().forEach(p -> p.type().collectSymbols(bound));
        for (Port output : model.outputs()) {
            if (!bound.containsAll(output.type().symbols())) {
                return none("\"" + output.name() + "\" is " + output.type() + ", with sizes that depend on the data");
            }
        }
        return tried(model, symbol.get());
    }

    private static Optional<String> firstSymbol(Executable model) {
        return model.inputs().stream()
                .map(p -> (TensorType) p.type())
                .filter(t -> t.isRanked() && t.rank() > 0 && t.dim(0).isSymbol())
                .map(t -> t.dim(0).symbolName())
                .findFirst();
    }

    /** Whether the first dimension is {@code symbol}, and no other has anything to do with it. */
    private static boolean hasRows(TensorType type, String symbol) {
        if (!type.isRanked() || type.rank() == 0 || !type.dim(0).equals(Dim.symbol(symbol))) {
            return false;
        }
        Set<String> others = new LinkedHashSet<>();
        for (int axis = 1; axis < type.rank(); axis++) {
            type.dim(axis).collectSymbols(others);
        }
        return !others.contains(symbol);
    }

    private static BatchAxis tried(Executable model, String symbol) {
        try {
            Map<String, Tensor> together = inputs(model, symbol);
            Deadline deadline = Deadline.after(PATIENCE);
            Map<String, Tensor> results = model.call(together, deadline);
            for (int row = 0; row < ROWS; row++) {
                Map<String, Tensor> alone = model.call(Rows.slice(together, row, 1), deadline);
                Map<String, Tensor> part = Rows.slice(results, row, 1);
                for (Port output : model.outputs()) {
                    String name = output.name();
                    if (!isClose(
                            Tensor.named(alone, name), Tensor.named(part, name), scale(Tensor.named(results, name)))) {
                        return none("in \"" + name + "\" a row of a batch differs from the same row alone");
                    }
                }
            }
            return new BatchAxis(Optional.of(symbol), "");
        } catch (LatheException e) {
            return none("a batch of random inputs failed: "
                    + e.diagnostics().getFirst().what());
        }
    }

    /** Random inputs whose rows have nothing in common: not their size, nor how much of them a mask leaves. */
    private static Map<String, Tensor> inputs(Executable model, String symbol) {
        SymbolSizes sizes = SymbolSizes.of(model.inputs(), Map.of(), Map.of(symbol, Shape.of(ROWS)));
        RandomInputs random = new RandomInputs(model::role, sizes, 1);
        Map<String, Tensor> all = new LinkedHashMap<>();
        for (Port port : model.inputs()) {
            Tensor t = (Tensor) random.value(port);
            long width = t.size() / ROWS;
            for (long i = width; i < 2 * width; i++) {
                if (model.role(port.name()) instanceof InputRole.Mask && width > 1 && i >= width + width / 2) {
                    t.setLong(i, 0);
                } else if (model.role(port.name()) instanceof InputRole.Any
                        && t.element().isFloat()) {
                    t.setDouble(i, 8 * t.getDouble(i));
                }
            }
            all.put(port.name(), t);
        }
        return all;
    }

    private static double scale(Tensor t) {
        double most = 0;
        for (long i = 0; t.element().isFloat() && i < t.size(); i++) {
            double size = Math.abs(t.getDouble(i));
            most = Double.isFinite(size) ? Math.max(most, size) : most;
        }
        return most;
    }

    private static boolean isClose(Tensor alone, Tensor part, double scale) {
        if (!alone.element().isFloat() || alone.size() != part.size()) {
            return alone.equals(part);
        }
        for (long i = 0; i < alone.size(); i++) {
            double a = alone.getDouble(i);
            double b = part.getDouble(i);
            if (Double.compare(a, b) != 0 && !(Math.abs(a - b) <= TOLERANCE * scale)) {
                return false;
            }
        }
        return true;
    }
}
