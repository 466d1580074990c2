package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.text.Printer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Stands for TensorRT: an engine is the text of its graph, and runs by its reference meaning. */
final class FakeRuntime implements EngineRuntime {
    final Map<String, String> facts = new HashMap<>(Map.of("gpu", "a GPU", "driver", "1", "tensorrt", "11.2.1"));
    int builds;
    int refits;

    @Override
    public Map<String, String> facts() {
        return facts;
    }

    @Override
    public MemorySegment build(Graph graph, TensorRtOptions options) {
        Profiles.of(options, graph);
        builds++;
        return engine(graph);
    }

    private static MemorySegment engine(Graph graph) {
        byte[] text = Printer.print(graph).getBytes(StandardCharsets.UTF_8);
        return Arena.ofAuto().allocate(text.length).copyFrom(MemorySegment.ofArray(text));
    }

    @Override
    public MemorySegment refitted(MemorySegment engine, Graph graph, TensorRtOptions options) {
        refits++;
        return options.stripWeights() ? engine : engine(graph);
    }

    @Override
    public Executable load(EngineFile model, MemorySegment engine, int maxConcurrentCalls) {
        boolean own = engine.mismatch(engine(model.graph())) < 0;
        if (!own && !model.options().stripWeights()) {
            throw new AssertionError("the engine is of another graph");
        }
        return new ReferenceEvaluator(model.graph());
    }

    /** The times are those of its layers when it is loaded, and of one that no inspector knows. */
    @Override
    public Executable load(EngineFile model, MemorySegment engine, LayerTimes.Listener times) {
        layers(model, engine).forEach(layer -> times.took(layer.name(), 2));
        times.took("reformat", 0.5f);
        return load(model, engine, 1);
    }

    @Override
    public List<EngineLayer> layers(EngineFile model, MemorySegment engine) {
        return model.graph().nodes().stream()
                .map(n -> new EngineLayer(n.results().getFirst().name(), n.op().mnemonic(), List.of()))
                .toList();
    }
}
