package dev.lathe.compress;

import dev.lathe.input.InputRoles;
import dev.lathe.input.LikelyShapes;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.input.InputValues;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** Inputs for a model: a value for every input, for one call after the other. Shapes may differ from call to call. */
public interface Dataset {
    /** Calls of {@link #random}. */
    int RANDOM_CALLS = 8;

    /** How many calls there are. */
    int size();

    /** The inputs of call {@code i}, by name; they are made anew each time, so that nothing is kept. */
    Map<String, ? extends Datum> sample(int i);

    /** What is right for call {@code i}, if that is known: of a classifier, the class of each row, as i64. */
    default Optional<Tensor> labels(int i) {
        return Optional.empty();
    }

    /** Calls that a function makes, without labels. */
    static Dataset of(int size, IntFunction<? extends Map<String, ? extends Datum>> samples) {
        return of(size, samples, _ -> Optional.empty());
    }

    /** Calls and their labels that functions make. */
    static Dataset of(
            int size,
            IntFunction<? extends Map<String, ? extends Datum>> samples,
            IntFunction<Optional<Tensor>> labels) {
        return new Dataset() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public Map<String, ? extends Datum> sample(int i) {
                return samples.apply(i);
            }

            @Override
            public Optional<Tensor> labels(int i) {
                return labels.apply(i);
            }
        };
    }

    static Dataset of(List<? extends Map<String, ? extends Datum>> samples) {
        return of(samples.size(), samples::get);
    }

    /**
     * A few calls with random inputs for {@code graph}, which say little of practice.
     *
     * @param shapes of inputs, or sizes of symbols; the others are such that the model accepts them
     * @throws LatheException if no usual sizes are accepted
     */
    static Dataset random(Graph graph, Map<String, Shape> shapes) {
        List<Port> ports = graph.inputPorts();
        InputRoles roles = new InputRoles(graph);
        Map<String, Shape> accepted = LikelyShapes.of(graph, shapes);
        return of(
                RANDOM_CALLS,
                i -> new InputValues(ports, roles::of)
                        .shapes(accepted)
                        .seed(i + InputValues.DEFAULT_SEED)
                        .read(List.of()));
    }

    /** The first calls of this, at most {@code count}. */
    default Dataset first(int count) {
        return count >= size() ? this : of(count, this::sample, this::labels);
    }

    /**
     * Arrays with an entry for each input, whose first axes count samples: each call takes as many of them as the
     * model's first dimension says, one if that is open.
     *
     * @param from where the arrays are from, for errors
     * @throws LatheException if an input has no array, or the arrays do not fit
     */
    static Dataset rows(Map<String, Tensor> arrays, List<Port> ports, Path from) {
        Map<String, Long> batches = new LinkedHashMap<>();
        long calls = -1;
        for (Port port : ports) {
            Tensor all = arrays.get(port.name());
            if (all == null) {
                throw unfit(from + " has no array for input \"" + port.name() + "\"; its arrays are named "
                        + arrays.keySet().stream()
                                .map(name -> "\"" + name + "\"")
                                .collect(Collectors.joining(", ")));
            }
            if (!(port.type() instanceof TensorType t) || t.rank() == 0 || all.rank() != t.rank()) {
                throw unfit(from + ": the array \"" + port.name() + "\" has shape " + all.shape()
                        + ", which is no row of values of type " + port.type());
            }
            Dim first = t.dim(0);
            long batch = first.isConstant() ? first.constant() : 1;
            long own = batch == 0 ? 0 : all.dim(0) / batch;
            if (own == 0 || calls >= 0 && own != calls) {
                throw unfit(from + ": the array \"" + port.name() + "\" is enough for " + own + " calls"
                        + (calls >= 0 ? ", others for " + calls : ""));
            }
            calls = own;
            batches.put(port.name(), batch);
        }
        return of(Math.toIntExact(Math.max(0, calls)), i -> {
            Map<String, Tensor> sample = new LinkedHashMap<>();
            batches.forEach((name, batch) -> sample.put(name, slice(Tensor.named(arrays, name), i * batch, batch)));
            return sample;
        });
    }

    private static Tensor slice(Tensor t, long start, long count) {
        long[] dims = t.dims();
        long row = dims[0] == 0 ? 0 : t.byteSize() / dims[0];
        dims[0] = count;
        return Tensor.of(t.element(), dims, t.data().asSlice(start * row, count * row));
    }

    private static LatheException unfit(String what) {
        return new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "data.shape",
                        what,
                        "give an .npz file with an array for each input, whose first axis counts samples, or a folder"
                                + " with a file for each call")));
    }
}
