package dev.lathe.serve;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A model under a name.
 *
 * @param inputs as the protocol describes them
 * @param outputs as the protocol describes them
 */
record ServedModel(String name, Executable executable, List<TensorPort> inputs, List<TensorPort> outputs) {
    /** The only version that a model has. */
    static final String VERSION = "1";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,200}");

    /**
     * An input or output.
     *
     * @param shape -1 for a size that calls choose; -1 alone for any rank
     */
    record TensorPort(String name, Datatype datatype, List<Long> shape) {}

    /**
     * A model that the protocol can speak of.
     *
     * @throws LatheException with everything that it cannot: a wrong name, ports that are no tensors, element types
     * that it has no name for
     */
    static ServedModel of(String name, Executable executable) {
        List<Diagnostic> problems = new ArrayList<>();
        if (!NAME.matcher(name).matches()) {
            problems.add(Diagnostic.error(
                    "serve.name",
                    "a model cannot be served as \"" + name + "\"",
                    "give it a name of letters, digits, dots, hyphens and underscores: NAME=FILE"));
        }
        List<TensorPort> inputs = ports("input", name, executable.inputs(), problems);
        List<TensorPort> outputs = ports("output", name, executable.outputs(), problems);
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.USAGE, problems);
        }
        return new ServedModel(name, executable, inputs, outputs);
    }

    private static List<TensorPort> ports(String kind, String model, List<Port> ports, List<Diagnostic> problems) {
        List<TensorPort> all = new ArrayList<>();
        for (Port port : ports) {
            String place = kind + " \"" + port.name() + "\" of model " + model + " is " + port.type();
            if (!(port.type() instanceof TensorType type)) {
                problems.add(Diagnostic.error(
                        "serve.no-tensor",
                        place + ", and the protocol has tensors alone",
                        "export the model with tensors; scikit-learn's converter does so with zipmap=False"));
                continue;
            }
            Datatype.of(type.element())
                    .ifPresentOrElse(
                            datatype -> all.add(new TensorPort(port.name(), datatype, shape(type))),
                            () -> problems.add(Diagnostic.error(
                                    "serve.element-type",
                                    place + ", and the protocol has no name for this element type",
                                    "put a cast around the model, to a type such as f32 or i8")));
        }
        return all;
    }

    private static List<Long> shape(TensorType type) {
        return type.isRanked()
                ? type.shape().dims().stream()
                        .map((Dim d) -> d.isConstant() ? d.constant() : -1L)
                        .toList()
                : List.of(-1L);
    }

    List<String> outputNames() {
        return outputs.stream().map(TensorPort::name).toList();
    }
}
