package dev.lathe.conformance;

import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.TestDirectory;
import dev.lathe.verify.Tolerances;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A test of a suite, which runs its model in several forms. */
record OnnxTest(TestDirectory directory) {
    /** As the standard's own test runner compares. */
    static final Tolerances TOLERANCES =
            Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(1e-3), OptionalDouble.of(1e-7));
    /** Newer tests of halves come with tolerances of their own, which no file has. */
    static final Tolerances OF_NEWER = Tolerances.of(Tolerance.ACCUMULATING);

    static final List<String> SUITES = List.of("node", "simple", "pytorch-converted", "pytorch-operator");

    /** The folder of the suites. */
    static Path data() {
        return Path.of(System.getProperty("lathe.onnx.testdata", "/usr/share/libonnx-testdata/data"));
    }

    static List<OnnxTest> suite(String suite) {
        try {
            return TestDirectory.find(data().resolve(suite)).stream()
                    .map(OnnxTest::new)
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    String name() {
        return directory.name();
    }

    /**
     * Imports the model in a form, runs it, and compares: the first difference of each data set, empty if all is right.
     */
    Optional<String> run(ModelForm mode, Function<Graph, Executable> runtime, Tolerances tolerances)
            throws IOException {
        ResultComparison comparison = new ResultComparison(tolerances);
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(directory.model()));
        List<String> failures = new ArrayList<>();
        for (Path set : directory.dataSets()) {
            run(model, set, mode, runtime, comparison).ifPresent(d -> failures.add(set.getFileName() + ": " + d));
        }
        return failures.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", failures));
    }

    /** The model in a form, which may depend on the inputs of the first data set. */
    Graph graph(ModelForm mode) throws IOException {
        return graph(
                ModelProto.parseFrom(Files.readAllBytes(directory.model())),
                directory.dataSets().getFirst(),
                mode);
    }

    private Graph graph(ModelProto model, Path set, ModelForm mode) throws IOException {
        List<String> names = inputs(model.getGraph());
        Map<String, byte[]> values = new HashMap<>();
        for (Map.Entry<Integer, Path> file : TestDirectory.inputFiles(set).entrySet()) {
            values.put(names.get(file.getKey()), Files.readAllBytes(file.getValue()));
        }
        return OnnxImporter.read(mode.apply(model, values).toByteArray(), directory.folder());
    }

    private Optional<String> run(
            ModelProto model,
            Path set,
            ModelForm mode,
            Function<Graph, Executable> runtime,
            ResultComparison comparison)
            throws IOException {
        List<String> names = inputs(model.getGraph());
        Graph graph = graph(model, set, mode);
        try (Executable executable = runtime.apply(graph)) {
            Map<String, Port> ports =
                    executable.inputs().stream().collect(Collectors.toMap(Port::name, UnaryOperator.identity()));
            // A form may have fewer inputs than the model; the data is numbered by those of the model.
            List<Port> asWritten = names.stream()
                    .map(n -> ports.getOrDefault(n, new Port(n, TensorType.unranked(ElementType.F32))))
                    .toList();
            Map<String, Datum> inputs = directory.inputs(set, asWritten);
            inputs.keySet().retainAll(ports.keySet());
            return directory.compare(set, executable.outputs(), executable.run(inputs), comparison);
        }
    }

    /** The names of the inputs that a caller gives: those that are no initializers. */
    private static List<String> inputs(GraphProto graph) {
        var initializers =
                graph.getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
        return graph.getInputList().stream()
                .map(ValueInfoProto::getName)
                .filter(n -> !initializers.contains(n))
                .toList();
    }
}
