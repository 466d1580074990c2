package dev.lathe.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.Support;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every test of the public suites, and every model of a folder, as a network of TensorRT layers that passes the rules
 * of its reference, without TensorRT. What does not is a line of {@code tensorrt.txt} with its reason, which must be
 * the one that the backend gives. {@link #main} prints these lines.
 */
class TensorRtRecordingTest {
    private static final String LIST = "tensorrt.txt";
    private static final List<Ignored> IGNORED = Ignored.read(LIST);
    private static final List<ModelForm> FORMS = List.of(ModelForm.AS_WRITTEN, ModelForm.SYMBOLIC);
    private static final Pattern REASON = Pattern.compile(".*target tensorrt cannot run it: (.*)", Pattern.DOTALL);

    private final Backend backend = Backends.named("tensorrt");

    /** Models of one folder each, or files. */
    private static final Path MODELS = Path.of(System.getProperty("lathe.test.exports", "../../../shared/exports"));

    private static List<OnnxTest> suites() {
        return OnnxTest.SUITES.stream().flatMap(s -> OnnxTest.suite(s).stream()).toList();
    }

    private static List<Path> models() throws IOException {
        if (!Files.isDirectory(MODELS)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(MODELS, 2)) {
            return all.filter(p -> p.toString().endsWith(".onnx")).sorted().toList();
        }
    }

    private static String name(Path model) {
        Path path = MODELS.relativize(model);
        return path.getNameCount() > 1 ? path.getName(0).toString() : path.toString();
    }

    /** Why a model makes no network; empty if it does. */
    private Optional<String> refusal(Callable<Graph> model) throws Exception {
        CompileOptions options = CompileOptions.builder().target("tensorrt").build();
        Graph graph = model.call();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        Graph target = PassManager.run(canonical, backend.pipeline(options), options.passContext());
        try {
            assertThat(backend.compile(target, options).sources().get("network.txt"))
                    .contains("output");
            return Optional.empty();
        } catch (LatheException e) {
            return Optional.of(e.diagnostics().stream()
                    .map(TensorRtRecordingTest::reason)
                    .distinct()
                    .sorted()
                    .collect(Collectors.joining("; ")));
        }
    }

    private static String reason(Diagnostic d) {
        Matcher m = REASON.matcher(d.what());
        return (m.matches() ? m.group(1) : d.toString()).replace('|', '/').replace('\n', ' ');
    }

    private void check(String name, ModelForm form, Callable<Graph> model) throws Exception {
        Optional<Ignored> ignored = Ignored.find(IGNORED, name, form);
        Optional<String> refusal = refusal(model);
        if (ignored.isPresent()) {
            assertThat(refusal)
                    .as("the reason in %s", LIST)
                    .contains(ignored.get().reason());
        } else {
            refusal.ifPresent(r -> fail(name + " " + form + ": " + r));
        }
    }

    @TestFactory
    Stream<DynamicTest> suiteModels() {
        assumeTrue(Files.isDirectory(OnnxTest.data()), "the ONNX test data is not at " + OnnxTest.data());
        return FORMS.stream()
                .flatMap(form -> suites().stream()
                        .map(t ->
                                dynamicTest(t.name() + " " + form, () -> check(t.name(), form, () -> t.graph(form)))));
    }

    @TestFactory
    Stream<DynamicTest> exportedModels() throws IOException {
        return models().stream()
                .map(m -> dynamicTest(name(m), () -> check(name(m), ModelForm.AS_WRITTEN, () -> read(m))));
    }

    private static Graph read(Path model) throws IOException {
        return OnnxImporter.read(model);
    }

    /** What an op is, or its elements, is said before anything is compiled. */
    @Test
    void saysBeforeCompilingWhatItNeverRuns() {
        Graph graph = IrText.parse("graph @f(%x: f64[2]) -> (f64[2]) {\n  %y = exp(%x)\n  return %y\n}\n");
        assertThat(backend.supports(graph.nodes().getFirst()))
                .isInstanceOfSatisfying(
                        Support.No.class, no -> assertThat(no.reason()).contains("f64"));
    }

    /** Prints the lines of the list. Arguments: {@code suites}, {@code exports}, or parts of names. */
    public static void main(String[] args) throws IOException {
        TensorRtRecordingTest all = new TensorRtRecordingTest();
        List<String> wanted = List.of(args);
        Map<String, Map<String, List<ModelForm>>> lines = new LinkedHashMap<>();
        int[] counts = new int[2];
        for (OnnxTest t : suites()) {
            for (ModelForm form : FORMS) {
                if (wanted.contains("suites") || wanted.stream().anyMatch(t.name()::contains)) {
                    all.note(t.name(), form, () -> t.graph(form), lines, counts);
                }
            }
        }
        for (Path m : models()) {
            if (wanted.contains("exports") || wanted.stream().anyMatch(name(m)::contains)) {
                all.note(name(m), ModelForm.AS_WRITTEN, () -> read(m), lines, counts);
            }
        }
        lines.forEach((name, reasons) -> reasons.forEach((reason, forms) -> System.out.println(
                name + " | " + forms.stream().map(ModelForm::name).collect(Collectors.joining(" ")) + " | " + reason)));
        System.out.println("# " + counts[0] + " recorded, " + counts[1] + " with a reason");
    }

    private void note(
            String name,
            ModelForm form,
            Callable<Graph> model,
            Map<String, Map<String, List<ModelForm>>> lines,
            int[] counts) {
        Optional<String> refusal;
        try {
            refusal = refusal(model);
        } catch (Exception | StackOverflowError e) {
            refusal = Optional.of("CRASH " + e + " " + (e.getStackTrace().length == 0 ? "" : e.getStackTrace()[0]));
        }
        counts[refusal.isEmpty() ? 0 : 1]++;
        refusal.ifPresent(r -> lines.computeIfAbsent(name, _ -> new LinkedHashMap<>())
                .computeIfAbsent(r, _ -> new ArrayList<>())
                .add(form));
    }
}
