package dev.lathe.ir.eval;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks the tensors that a caller gives for the outputs of a call, before it runs. */
public final class OutputCheck {
    private OutputCheck() {}

    /**
     * Fails, with all problems, unless there is a tensor for each output that this thread may write, and no two
     * overlap.
     *
     * @throws LatheException that names the outputs
     */
    public static void names(List<Port> ports, Map<String, Tensor> given) {
        Objects.requireNonNull(given, "outputs");
        List<Diagnostic> problems = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Port p : ports) {
            names.add(p.name());
            Tensor t = given.get(p.name());
            if (!(p.type() instanceof TensorType)) {
                problems.add(Diagnostic.error(
                        "run.no-tensor",
                        "output \"" + p.name() + "\" is " + p.type() + ", no tensor",
                        "use run, which returns it"));
            } else if (t == null) {
                problems.add(Diagnostic.error(
                        "run.missing-output",
                        "no tensor is given for output \"" + p.name() + "\"",
                        "give one for every output"));
            } else {
                memory(p.name(), t, problems);
            }
        }
        for (String name : given.keySet()) {
            if (!names.contains(name)) {
                problems.add(Diagnostic.error(
                        "run.unknown-output",
                        "the model has no output \"" + name + "\"",
                        "its outputs are " + ports.stream().map(Port::name).toList()));
            }
        }
        if (problems.isEmpty()) {
            overlaps(ports, given, problems);
        }
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.INPUT, problems);
        }
    }

    /** {@link Executable#callInto(Map, Map, Deadline)} by a call whose results are copied. */
    public static void callInto(
            Executable model, Map<String, Tensor> inputs, Map<String, Tensor> outputs, Deadline deadline) {
        names(model.outputs(), outputs);
        model.call(inputs, deadline).forEach((name, value) -> store(name, value, outputs.get(name)));
    }

    private static void memory(String name, Tensor t, List<Diagnostic> problems) {
        if (t.element().isString()) {
            return;
        }
        String problem = InputCheck.unusable(t);
        if (problem == null && t.data().isReadOnly()) {
            problem = "cannot be written";
        }
        if (problem != null) {
            problems.add(Diagnostic.error(
                    "run.output-memory",
                    "the memory of the tensor for output \"" + name + "\" " + problem,
                    "give one whose memory the calling thread may write until the call returns"));
        }
    }

    private static void overlaps(List<Port> ports, Map<String, Tensor> given, List<Diagnostic> problems) {
        for (int i = 0; i < ports.size(); i++) {
            for (int j = 0; j < i; j++) {
                Tensor a = Objects.requireNonNull(given.get(ports.get(j).name()));
                Tensor b = Objects.requireNonNull(given.get(ports.get(i).name()));
                if (overlap(a, b)) {
                    problems.add(Diagnostic.error(
                            "run.overlapping-outputs",
                            "the tensors for outputs \"" + ports.get(j).name() + "\" and \""
                                    + ports.get(i).name() + "\" share memory",
                            "give each output memory of its own"));
                }
            }
        }
    }

    private static boolean overlap(Tensor a, Tensor b) {
        if (a.element().isString() || b.element().isString()) {
            return a == b;
        }
        MemorySegment x = a.data().asSlice(0, a.byteSize());
        MemorySegment y = b.data().asSlice(0, b.byteSize());
        return a.byteSize() > 0 && b.byteSize() > 0 && x.asOverlappingSlice(y).isPresent();
    }

    /**
     * Copies a result to the tensor that is given for it.
     *
     * @throws LatheException if that is of another type
     */
    public static void store(String name, Tensor result, @Nullable Tensor target) {
        Tensor to = Objects.requireNonNull(target, name);
        if (to.element() != result.element() || !Arrays.equals(to.dims(), result.dims())) {
            throw wrongType(name, result.type().toString(), to);
        }
        for (long e = 0; e < result.size(); e++) {
            to.copyElement(e, result, e);
        }
    }

    /** The fault of a tensor that is given for an output of another type. */
    public static LatheException wrongType(String name, String type, Tensor target) {
        return new LatheException(
                LatheException.Fault.INPUT,
                List.of(Diagnostic.error(
                        "run.wrong-output",
                        "output \"" + name + "\" is " + type + ", but the tensor given for it is " + target.type(),
                        "give a tensor of that type")));
    }
}
