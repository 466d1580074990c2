package dev.lathe.conformance;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.backend.Refusal;
import dev.lathe.backend.Support;
import dev.lathe.backend.tensorrt.InterpretedNetwork;
import dev.lathe.backend.tensorrt.TensorRtBackend;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.passes.Pipeline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Target {@code tensorrt} without TensorRT: what it compiles is recorded as a network, so that the rules of its layers
 * are checked, and runs by an interpreter of these layers. It is a target of these tests.
 */
public final class RecordedEngine implements Backend {
    static final String NAME = "recorded-tensorrt";
    private static final String ENDING = ".recorded";

    private final Backend tensorRt = new TensorRtBackend();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Availability probe() {
        return new Availability.Ready("the recorder");
    }

    @Override
    public Pipeline pipeline(CompileOptions options) {
        return tensorRt.pipeline(options);
    }

    @Override
    public Support supports(Node node) {
        return tensorRt.supports(node);
    }

    @Override
    public List<Refusal> refusals(Graph graph, CompileOptions options) {
        return tensorRt.refusals(graph, options);
    }

    @Override
    public Artifact compile(Graph graph, CompileOptions options) {
        return new Recorded(graph, tensorRt.compile(graph, options).sources());
    }

    @Override
    public String fileEnding() {
        return ENDING;
    }

    @Override
    public Optional<Artifact> open(Path file, LoadOptions options) {
        return file.toString().endsWith(ENDING)
                ? Optional.of(new Recorded(IrText.read(file), Map.of()))
                : Optional.empty();
    }

    private record Recorded(Graph graph, Map<String, String> sources) implements Artifact {
        @Override
        public Executable load() {
            return InterpretedNetwork.of(graph);
        }

        @Override
        public boolean isFile() {
            return true;
        }

        @Override
        public void write(Path file) throws IOException {
            IrText.write(graph, file);
        }
    }
}
