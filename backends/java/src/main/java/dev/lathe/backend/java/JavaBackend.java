package dev.lathe.backend.java;

import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.Support;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Op;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Pipelines;
import dev.lathe.runtime.Machine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The target {@code java}: readable Java source, compiled in this process. Runs everywhere, and runs every op. */
public final class JavaBackend implements Backend {
    @Override
    public String name() {
        return "java";
    }

    @Override
    public Availability probe() {
        String lanes = Machine.VECTOR
                ? Machine.LANES * 32 + "-bit vectors"
                : "no vectors; start Java with " + Machine.VECTOR_OPTION;
        return new Availability.Ready(
                "Java " + Runtime.version().feature() + ", " + Machine.processors() + " processors, " + lanes);
    }

    @Override
    public void warmUp() {
        SourceCompiler.warmUp();
    }

    @Override
    public Support supports(Op op) {
        return switch (op) {
            case Softmax _, LayerNorm _, ScaledDotProductAttention _, Fused _ -> Support.NATIVE;
            case CompositeOp _ -> Support.EXPAND;
            default -> Support.NATIVE;
        };
    }

    @Override
    public Pipeline pipeline(CompileOptions options) {
        return Pipelines.kernels(op -> supports(op).equals(Support.EXPAND));
    }

    @Override
    public JavaArtifact compile(Graph graph, CompileOptions options) {
        options.progress().report("emit", 0, 0);
        String className = className(graph, options);
        LoadPlan load = new LoadPlan(graph);
        Program program = new Program(options.packageName(), className, graph.inputSymbols());
        Map<String, String> sources = new LinkedHashMap<>();
        if (!load.isEmpty()) {
            Program atLoad = Program.atLoad(program);
            List<View> computed = emit(atLoad, load.graph(), null);
            sources.putAll(new ModelSource(options, load.graph(), atLoad, "").write(computed));
        }
        List<View> outputs = emit(program, graph, load);
        String loader = load.isEmpty() ? "" : className + "Load";
        sources.putAll(new ModelSource(options, graph, program, loader).write(outputs));
        sources.replaceAll((_, text) -> Imports.used(text));
        options.progress().report("compile", 0, 0);
        Map<String, byte[]> classes = SourceCompiler.compile(sources);
        return new JavaArtifact(
                options.packageName() + "." + className,
                graph.inputs().stream().map(v -> new Port(v.name(), v.type())).toList(),
                ports(graph),
                sources,
                classes,
                List.copyOf(program.weights),
                options.threads(),
                options.maxConcurrentCalls());
    }

    /** The nodes of a graph for {@link #compile} that no kernel runs, but their reference meaning: right, and slow. */
    public static List<Node> byMeaning(Graph graph, CompileOptions options) {
        Program program = new Program(options.packageName(), className(graph, options), graph.inputSymbols());
        emit(program, graph, new LoadPlan(graph));
        return List.copyOf(program.byMeaning);
    }

    private static String className(Graph graph, CompileOptions options) {
        return JavaText.className(options.className().isEmpty() ? graph.name() : options.className());
    }

    /** Writes the steps of {@code graph} that do not run at load; where its outputs are. */
    private static List<View> emit(Program program, Graph graph, @Nullable LoadPlan load) {
        Emitter emitter = new Emitter(program, graph.outputs(), load);
        for (int i = 0; i < graph.inputs().size(); i++) {
            emitter.input(graph.inputs().get(i), i);
        }
        emitter.graph(graph);
        List<View> outputs = new ArrayList<>();
        for (Value v : graph.outputs()) {
            outputs.add(emitter.output(v));
        }
        return outputs;
    }

    private static List<Port> ports(Graph graph) {
        List<Port> outputs = new ArrayList<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            outputs.add(
                    new Port(graph.outputNames().get(i), graph.outputs().get(i).type()));
        }
        return outputs;
    }
}
