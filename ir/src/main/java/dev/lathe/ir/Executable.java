package dev.lathe.ir;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Type;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model ready to run, whatever runs it. Safe for use by several threads at a time.
 *
 * <p>A call stops with {@code call.cancelled} soon after its {@link Deadline}, or after its thread is interrupted:
 * this is looked at between steps, at each iteration of a loop and while the call waits for another. Other calls are
 * not disturbed.
 */
public interface Executable extends AutoCloseable {

    /** A named input or output. Symbols in the type are bound by the inputs of each call. */
    record Port(String name, Type type) {}

    List<Port> inputs();

    List<Port> outputs();

    /**
     * What is known of the numbers that the input of this name takes; its name and type tell where nothing else does.
     */
    default InputRole role(String input) {
        for (Port port : inputs()) {
            if (port.name().equals(input)) {
                return InputRole.named(input, port.type());
            }
        }
        return InputRole.ANY;
    }

    /**
     * Runs the model.
     *
     * @param inputs a value for every input, by name
     * @return a value for every output, by name, in the order of {@link #outputs}; newly allocated
     * @throws dev.lathe.ir.diag.LatheException if an input is missing, unknown, or of a wrong type or shape
     */
    default Map<String, Datum> run(Map<String, ? extends Datum> inputs) {
        return run(inputs, Deadline.NONE);
    }

    /** {@link #run(Map)} until a deadline. */
    Map<String, Datum> run(Map<String, ? extends Datum> inputs, Deadline deadline);

    /** {@link #run(Map)} for models whose outputs are all tensors. */
    default Map<String, Tensor> call(Map<String, Tensor> inputs) {
        return call(inputs, Deadline.NONE);
    }

    /** {@link #call(Map)} until a deadline. */
    default Map<String, Tensor> call(Map<String, Tensor> inputs, Deadline deadline) {
        Map<String, Tensor> results = new LinkedHashMap<>();
        run(inputs, deadline).forEach((name, value) -> {
            if (!(value instanceof Tensor t)) {
                throw new LatheException(Diagnostic.error(
                        "run.no-tensor", "output \"" + name + "\" is " + value.type() + ", no tensor", "use run"));
            }
            results.put(name, t);
        });
        return results;
    }

    /**
     * Runs the model and writes its outputs into the given tensors, which must have the right element types and
     * dimensions. Implementations that plan their memory allocate nothing here after the first calls. A tensor may be
     * an input and an output. What outputs hold after a failure is undefined.
     */
    default void callInto(Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        callInto(inputs, outputs, Deadline.NONE);
    }

    /** {@link #callInto(Map, Map)} until a deadline. */
    void callInto(Map<String, Tensor> inputs, Map<String, Tensor> outputs, Deadline deadline);

    /**
     * Runs the model on {@code inputs} until calls get no faster, for {@code budget} at most, so that later calls find
     * compiled kernels. What a JVM compiles depends on what runs, so give inputs of the shapes that are to come.
     *
     * @return how many calls there were, one at least
     * @throws dev.lathe.ir.diag.LatheException as {@link #run(Map)}
     */
    default int warmUp(Map<String, ? extends Datum> inputs, Duration budget) {
        return WarmUp.run(() -> run(inputs), budget);
    }

    @Override
    default void close() {}
}
