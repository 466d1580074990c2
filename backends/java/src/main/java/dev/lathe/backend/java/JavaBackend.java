package dev.lathe.backend.java;

import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.Support;
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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
        Program program = program(className, options);
        List<View> outputs = emit(program, graph);
        Map<String, String> sources = new ModelSource(options, className, graph, program).write(outputs);
        sources.replaceAll((_, text) -> Imports.used(text));
        options.progress().report("compile", 0, 0);
        Map<String, byte[]> classes = SourceCompiler.compile(sources);
        return new JavaArtifact(
                options.packageName() + "." + className,
                new LinkedHashMap<>(sources),
                classes,
                List.copyOf(program.weights),
                options.threads());
    }

    /** The nodes of a graph for {@link #compile} that no kernel runs, but their reference meaning: right, and slow. */
    public static List<Node> byMeaning(Graph graph, CompileOptions options) {
        Program program = program(className(graph, options), options);
        emit(program, graph);
        return List.copyOf(program.byMeaning);
    }

    private static String className(Graph graph, CompileOptions options) {
        return JavaText.className(options.className().isEmpty() ? graph.name() : options.className());
    }

    private static Program program(String className, CompileOptions options) {
        Set<String> taken = new HashSet<>(Set.of("m", "step", "workers", "boxed", "f", "d", "l", "i", "s", "b"));
        return new Program(options.packageName(), className, taken);
    }

    /** Writes the steps of {@code graph}; where its outputs are. */
    private static List<View> emit(Program program, Graph graph) {
        Emitter emitter = new Emitter(program, graph);
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
}
