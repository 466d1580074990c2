package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A network that is checked as the recorder checks it, and whose layers are kept, so that it can be interpreted. */
final class RecordedNetwork implements NetworkDefinition {
    /** Result {@code index} of a layer. */
    record Result(Layer layer, int index) {}

    private final NetworkRecorder rules = new NetworkRecorder();
    final Map<String, NetworkTensor> inputs = new LinkedHashMap<>();
    final Map<String, NetworkTensor> outputs = new LinkedHashMap<>();
    final Map<Integer, Result> results = new HashMap<>();
    final List<Layer> layers = new ArrayList<>();

    /** The network of a graph that the backend's passes have been over. */
    static RecordedNetwork of(Graph graph) {
        RecordedNetwork network = new RecordedNetwork();
        List<Diagnostic> problems = Lowering.run(graph, network);
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.INPUT, problems);
        }
        return network;
    }

    @Override
    public NetworkTensor input(String name, DataType type, List<Long> dims) {
        NetworkTensor t = rules.input(name, type, dims);
        inputs.put(name, t);
        return t;
    }

    @Override
    public List<NetworkTensor> add(Layer layer, String name) {
        List<NetworkTensor> made = rules.add(layer, name);
        layers.add(layer);
        for (int i = 0; i < made.size(); i++) {
            results.put(made.get(i).number(), new Result(layer, i));
        }
        return made;
    }

    @Override
    public void output(String name, NetworkTensor tensor) {
        rules.output(name, tensor);
        outputs.put(name, tensor);
    }

    /** The layers of one kind, in order. */
    <T extends Layer> List<T> all(Class<T> kind) {
        return layers.stream().filter(kind::isInstance).map(kind::cast).toList();
    }
}
