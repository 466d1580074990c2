package dev.lathe.backend.tensorrt;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.util.List;
import java.util.Map;

/**
 * A model as a network, of which TensorRT builds an engine when it is loaded or written.
 *
 * @param network the network as text
 */
record TensorRtArtifact(Graph graph, CompileOptions options, String network) implements Artifact {
    private static final String NETWORK = "network.txt";

    static TensorRtArtifact of(Graph graph, CompileOptions options) {
        NetworkRecorder recorder = new NetworkRecorder();
        List<Diagnostic> problems = Lowering.run(graph, recorder);
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.INPUT, problems);
        }
        return new TensorRtArtifact(graph, options, recorder.text());
    }

    /** The network, a line for each layer. */
    @Override
    public Map<String, String> sources() {
        return Map.of(NETWORK, network);
    }

    @Override
    public Executable load() {
        throw new UnsupportedOperationException("later in this change");
    }
}
