package dev.lathe.conformance.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.java.JavaArtifact;
import dev.lathe.backend.java.JavaBackend;
import dev.lathe.cli.OperatorRow;
import dev.lathe.conformance.Protos;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.onnx.OnnxOperators;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import dev.lathe.verify.TestDirectory;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * For which operators the java backend has kernels: what its source says for each model of one node, of the public
 * suite and, for operators that it lacks, of the tests beside this one. Operands of f32 count where an operator has
 * such tests; integers that may be sizes or axes, and the filters of convolutions, are constants, as in most models.
 */
class OperatorKernelsTest {
    private static final Path SUITE = Path.of(
                    System.getProperty("lathe.onnx.testdata", "/usr/share/libonnx-testdata/data"))
            .resolve("node");

    private static final String HEAD = """
        # What the target java has for each operator; written by OperatorKernelsTest of the conformance suite with -Dbless.
        """;

    private static final Pattern COPY = Pattern.compile("private StridedCopy (\\w+);");
    private static final Pattern STEP =
            Pattern.compile("\\b(?!op\\.)(\\w+)(?:\\s*\\.to\\([^;]*?\\))*\\s*\\.(?:run|bind|gather|scatter)\\(");
    private static final CompileOptions OPTIONS =
            CompileOptions.builder().threads(1).build();

    /** What one model, or all those of an operator, run by. */
    private enum How {
        VIEW,
        KERNEL,
        PARTLY,
        MEANING;

        static How of(Set<How> all) {
            if (all.size() == 1) {
                return all.iterator().next();
            }
            return all.equals(EnumSet.of(VIEW, KERNEL)) ? KERNEL : PARTLY;
        }
    }

    private final Map<String, Set<How>> singles = new TreeMap<>();
    private final Map<String, Set<How>> others = new TreeMap<>();

    @Test
    void theListSaysWhatTheSourcesSay() throws Exception {
        assumeTrue(Files.isDirectory(SUITE), "the ONNX test data is not at " + SUITE + ": install libonnx-testdata");
        for (TestDirectory test : TestDirectory.find(SUITE)) {
            suite(test);
        }
        Set<String> inSuite = new HashSet<>(singles.keySet());
        inSuite.addAll(others.keySet());
        for (NodeModel node : nodes()) {
            if (!inSuite.contains(name(node.node()))) {
                Map<String, TensorProto> values = new HashMap<>();
                node.inputs().forEach((input, value) -> values.put(input, Protos.tensor(input, (Tensor) value)));
                count(node.proto(), values, null);
            }
        }
        StringBuilder text = new StringBuilder(HEAD);
        for (String operator : OnnxOperators.all().keySet()) {
            Set<How> found = singles.getOrDefault(operator, others.getOrDefault(operator, Set.of()));
            if (!found.isEmpty()) {
                text.append(operator)
                        .append(" | ")
                        .append(How.of(found).name().toLowerCase(Locale.ROOT))
                        .append('\n');
            }
        }
        if (System.getProperty("bless") != null) {
            Files.writeString(source(), text);
        }
        assertThat(Files.readString(source())).isEqualTo(text.toString());
    }

    private static Path source() {
        Path folder = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        while (!Files.isRegularFile(folder.resolve("docs/architecture.md"))) {
            folder = Objects.requireNonNull(folder.getParent(), "the tests do not run in the project's folder");
        }
        return folder.resolve("compiler/cli/src/main/resources/dev/lathe/cli").resolve(OperatorRow.KERNELS);
    }

    private void suite(TestDirectory test) throws IOException {
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(test.model()));
        Map<String, TensorProto> values = new HashMap<>();
        for (Map.Entry<Integer, Path> file :
                TestDirectory.inputFiles(test.dataSets().getFirst()).entrySet()) {
            ValueInfoProto input = model.getGraph().getInput(file.getKey());
            if (input.getType().hasTensorType()) {
                values.put(input.getName(), TensorProto.parseFrom(Files.readAllBytes(file.getValue())));
            }
        }
        count(model, values, test.folder());
    }

    /** The models of one node that the other tests of this package have. */
    private static List<NodeModel> nodes() throws ReflectiveOperationException {
        List<NodeModel> nodes = new ArrayList<>();
        for (OperatorTest tests : List.of(
                new AttentionTest(),
                new ElementwiseTest(),
                new FlexAttentionTest(),
                new MicrosoftAttentionTest(),
                new MicrosoftCacheTest(),
                new MicrosoftProductTest(),
                new MicrosoftQuantizedProductTest(),
                new MicrosoftQuantizedTest(),
                new MovementTest(),
                new NormalizationTest(),
                new OracleTest(),
                new PictureTest(),
                new QuantizationTest(),
                new ReductionTest(),
                new StateTest(),
                new TabularFeatureTest(),
                new TabularModelTest(),
                new TreeEnsembleTest())) {
            for (Method m : tests.getClass().getDeclaredMethods()) {
                if (m.isAnnotationPresent(TestFactory.class)) {
                    m.invoke(tests);
                }
            }
            nodes.addAll(tests.nodes());
        }
        return nodes;
    }

    private static String name(NodeProto node) {
        boolean standard = node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
        return standard ? node.getOpType() : node.getDomain() + ":" + node.getOpType();
    }

    /** Compiles a model of one node and notes what its node runs by. */
    private void count(ModelProto model, Map<String, TensorProto> values, @Nullable Path folder) {
        if (model.getGraph().getNodeCount() != 1) {
            return;
        }
        ModelProto known = withConstants(model, values);
        boolean single = known.getGraph().getInputList().stream()
                .anyMatch(i -> i.getType().hasTensorType()
                        && i.getType().getTensorType().getElemType() == TensorProto.DataType.FLOAT_VALUE);
        String operator = name(model.getGraph().getNode(0));
        if (!single && singles.containsKey(operator)) {
            return;
        }
        try {
            How how = how(OnnxImporter.read(known.toByteArray(), folder));
            (single ? singles : others)
                    .computeIfAbsent(operator, _ -> EnumSet.noneOf(How.class))
                    .add(how);
        } catch (LatheException e) {
            // A model that Lathe refuses says nothing about kernels.
        }
    }

    /** The model with constants for the operands that models have as constants, if it has others. */
    private static ModelProto withConstants(ModelProto model, Map<String, TensorProto> values) {
        List<ValueInfoProto> inputs = model.getGraph().getInputList();
        List<ValueInfoProto> constants = inputs.stream()
                .filter(i -> values.containsKey(i.getName()) && (isSize(i.getType()) || isFilter(model, i)))
                .toList();
        if (constants.isEmpty() || constants.size() == inputs.size()) {
            return model;
        }
        GraphProto.Builder graph = model.getGraph().toBuilder().clearInput();
        inputs.stream().filter(i -> !constants.contains(i)).forEach(graph::addInput);
        for (ValueInfoProto constant : constants) {
            graph.addInitializer(Objects.requireNonNull(values.get(constant.getName())).toBuilder()
                    .setName(constant.getName()));
        }
        return model.toBuilder().setGraph(graph).build();
    }

    private static boolean isFilter(ModelProto model, ValueInfoProto input) {
        NodeProto node = model.getGraph().getNode(0);
        return node.getOpType().contains("Conv") && node.getInputList().indexOf(input.getName()) > 0;
    }

    private static boolean isSize(TypeProto type) {
        int element = type.getTensorType().getElemType();
        return type.hasTensorType()
                && type.getTensorType().getShape().getDimCount() <= 1
                && (element == TensorProto.DataType.INT64_VALUE || element == TensorProto.DataType.INT32_VALUE);
    }

    private static How how(Graph graph) {
        JavaBackend backend = new JavaBackend();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(OPTIONS.level()), OPTIONS.passContext());
        Graph target = PassManager.run(canonical, backend.pipeline(OPTIONS), OPTIONS.passContext());
        JavaArtifact artifact = backend.compile(target, OPTIONS);
        String source = Objects.requireNonNull(artifact.sources().get(artifact.executionName()));
        Set<String> copies = new HashSet<>();
        Matcher copy = COPY.matcher(source);
        while (copy.find()) {
            copies.add(copy.group(1));
        }
        Set<String> kernels = new HashSet<>();
        Matcher step = STEP.matcher(source);
        while (step.find()) {
            kernels.add(step.group(1));
        }
        boolean values = source.contains("new ValueStep()");
        if (source.contains("new OpStep()")) {
            return copies.containsAll(kernels) && !values ? How.MEANING : How.PARTLY;
        }
        return kernels.isEmpty() && !values ? How.VIEW : How.KERNEL;
    }
}
