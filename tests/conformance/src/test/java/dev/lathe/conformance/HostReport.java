package dev.lathe.conformance;

import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Prints what a target leaves to the host, of the models of the suites and of a folder: how many models have a step of
 * an op and an element type, how many such nodes there are, and the first model. Arguments: the target, then folders
 * with {@code model.onnx} files somewhere inside; the suites if there are none.
 */
public final class HostReport {
    private record Found(List<String> models, int[] nodes) {}

    private HostReport() {}

    public static void main(String[] args) throws IOException {
        Backend backend = Backends.named(args[0]);
        List<Path> models = new ArrayList<>();
        if (args.length == 1) {
            for (String suite : OnnxTest.SUITES) {
                OnnxTest.suite(suite).forEach(t -> models.add(t.directory().model()));
            }
        }
        for (int i = 1; i < args.length; i++) {
            try (Stream<Path> files = Files.walk(Path.of(args[i]))) {
                files.filter(f -> f.toString().endsWith(".onnx")).sorted().forEach(models::add);
            }
        }
        Map<String, Found> all = new TreeMap<>();
        int whole = 0;
        int failed = 0;
        for (Path model : models) {
            try {
                List<Node> left = onHost(backend, model);
                whole += left.isEmpty() ? 1 : 0;
                left.forEach(n -> count(all, n, name(model)));
            } catch (LatheException e) {
                failed++;
            }
        }
        all.entrySet().stream()
                .sorted((a, b) -> Integer.compare(
                        b.getValue().models().size(), a.getValue().models().size()))
                .forEach(e -> System.out.printf(
                        "%5d models %6d nodes  %s, as in %s%n",
                        e.getValue().models().size(),
                        e.getValue().nodes()[0],
                        e.getKey(),
                        e.getValue().models().getFirst()));
        System.out.printf(
                "%s: %d models, %d without a step of the host, %d not compiled%n",
                backend.name(), models.size(), whole, failed);
    }

    private static String name(Path model) {
        Path folder = model.getParent();
        return folder != null && model.endsWith("model.onnx")
                ? folder.getFileName().toString()
                : model.getFileName().toString();
    }

    private static void count(Map<String, Found> all, Node n, String model) {
        Found found = all.computeIfAbsent(kind(n), _ -> new Found(new ArrayList<>(), new int[1]));
        found.nodes[0]++;
        if (found.models.isEmpty() || !found.models.getLast().equals(model)) {
            found.models.add(model);
        }
    }

    private static String kind(Node n) {
        Op op = n.op();
        String types = op.operands().stream()
                .map(v -> v.type() instanceof TensorType t
                        ? t.element().text()
                        : v.type().toString())
                .collect(Collectors.joining(", "));
        boolean dynamic = !n.op().binds().isEmpty()
                || n.results().stream().anyMatch(v -> !(v.type() instanceof TensorType t) || !t.isRanked())
                || !OpSchema.of(op.getClass()).attributeSymbols(op).isEmpty();
        return op.mnemonic() + "(" + types + ")" + (dynamic ? " dynamic" : "");
    }

    private static List<Node> onHost(Backend backend, Path model) throws IOException {
        CompileOptions options = CompileOptions.builder().target(backend.name()).build();
        Graph graph = OnnxImporter.read(Files.readAllBytes(model), model.getParent());
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        return backend.onHost(PassManager.run(canonical, backend.pipeline(options), options.passContext()), options);
    }
}
