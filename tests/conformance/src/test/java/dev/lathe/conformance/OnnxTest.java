package dev.lathe.conformance;

import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.onnx.OnnxTensors;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import dev.lathe.verify.Comparison;
import dev.lathe.verify.Tolerances;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A directory of a suite: {@code model.onnx}, and in {@code test_data_set_N} its inputs and expected outputs. */
record OnnxTest(String name, Path folder) {
    /** As the standard's own test runner compares. */
    private static final Comparison COMPARISON = new Comparison(
            Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(1e-3), OptionalDouble.of(1e-7)));

    static final List<String> SUITES = List.of("node", "simple", "pytorch-converted", "pytorch-operator");

    /** The folder of the suites. */
    static Path data() {
        return Path.of(System.getProperty("lathe.onnx.testdata", "/usr/share/libonnx-testdata/data"));
    }

    static List<OnnxTest> suite(String suite) {
        try (Stream<Path> folders = Files.list(data().resolve(suite))) {
            return folders.filter(f -> Files.exists(f.resolve("model.onnx")))
                    .sorted()
                    .map(f -> new OnnxTest(f.getFileName().toString(), f))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Imports the model in a form, runs it, and compares: the first difference of each data set, empty if all is right. */
    Optional<String> run(Mode mode, Function<Graph, Executable> runtime) throws IOException {
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(folder.resolve("model.onnx")));
        List<String> failures = new ArrayList<>();
        for (Path set : dataSets()) {
            run(model, set, mode, runtime).ifPresent(d -> failures.add(set.getFileName() + ": " + d));
        }
        return failures.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", failures));
    }

    private List<Path> dataSets() throws IOException {
        try (Stream<Path> sets = Files.list(folder)) {
            return sets.filter(Files::isDirectory).sorted().toList();
        }
    }

    private static Optional<String> run(ModelProto model, Path set, Mode mode, Function<Graph, Executable> runtime)
            throws IOException {
        Map<String, byte[]> values = new HashMap<>();
        List<String> names = inputs(model.getGraph());
        for (int i = 0; i < names.size(); i++) {
            Path file = set.resolve("input_" + i + ".pb");
            if (Files.exists(file)) {
                values.put(names.get(i), Files.readAllBytes(file));
            }
        }
        Graph graph = OnnxImporter.read(mode.apply(model, values).toByteArray(), set.getParent());
        try (Executable executable = runtime.apply(graph)) {
            Map<String, Datum> inputs = new LinkedHashMap<>();
            for (Executable.Port p : executable.inputs()) {
                Path file = set.resolve("input_" + names.indexOf(p.name()) + ".pb");
                inputs.put(p.name(), likeDeclared(OnnxTensors.read(file, p.type()), p.type()));
            }
            Map<String, Datum> results = executable.run(inputs);
            return compare(model.getGraph(), executable.outputs(), results, set);
        }
    }

    private static Optional<String> compare(
            GraphProto graph, List<Executable.Port> outputs, Map<String, Datum> results, Path set) {
        for (int i = 0; i < outputs.size(); i++) {
            Executable.Port p = outputs.get(i);
            boolean optional = graph.getOutput(i).getType().hasOptionalType();
            Type type = p.type() instanceof OptionalType(Type element) && !optional ? element : p.type();
            Datum expected = likeDeclared(OnnxTensors.read(set.resolve("output_" + i + ".pb"), type), type);
            Datum actual = results.get(p.name());
            Optional<String> difference =
                    actual == null ? Optional.of("no result") : COMPARISON.difference(expected, actual);
            if (difference.isPresent()) {
                return difference.map(d -> "output \"" + p.name() + "\": " + d);
            }
        }
        return Optional.empty();
    }

    /** The files hold bf16 numbers under the element type u16. */
    private static Datum likeDeclared(Datum d, Type declared) {
        return d instanceof Tensor t
                        && t.element() == ElementType.U16
                        && declared instanceof TensorType type
                        && type.element() == ElementType.BF16
                ? Tensor.of(ElementType.BF16, t.dims(), t.data())
                : d;
    }

    /** The names of the inputs that a caller gives: those that are no initializers. */
    private static List<String> inputs(GraphProto graph) {
        var initializers =
                graph.getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
        return graph.getInputList().stream()
                .map(i -> i.getName())
                .filter(n -> !initializers.contains(n))
                .toList();
    }
}
