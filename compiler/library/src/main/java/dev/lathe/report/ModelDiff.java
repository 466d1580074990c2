package dev.lathe.report;

import dev.lathe.frontend.onnx.OnnxSummary;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What differs between two models, as they were read. Things are told by their names, and what has none is left out.
 *
 * @param inputs that differ, by their types
 * @param outputs likewise
 * @param opsets versions of operator sets, of ONNX models
 * @param operators how often each occurs: those of ONNX where both models are such, else ops of the IR
 * @param weights by element type, shape and values
 * @param nodes what computes a value
 */
public record ModelDiff(
        List<Change> inputs,
        List<Change> outputs,
        List<Change> opsets,
        List<Change> operators,
        List<Change> weights,
        List<Change> nodes) {

    /** A thing that differs; a text is empty where the model does not have it. */
    public record Change(String name, String before, String after) {}

    /** One of the models. */
    public record Side(Graph graph, Optional<OnnxSummary> onnx) {}

    /** What differs from {@code before} in {@code after}. */
    public static ModelDiff of(Side before, Side after) {
        boolean onnx = before.onnx().isPresent() && after.onnx().isPresent();
        return new ModelDiff(
                changes(ports(before.graph().inputPorts()), ports(after.graph().inputPorts())),
                changes(ports(before.graph().outputPorts()), ports(after.graph().outputPorts())),
                onnx ? changes(opsets(before), opsets(after)) : List.of(),
                changes(operators(before, onnx), operators(after, onnx)),
                weights(constants(before.graph()), constants(after.graph())),
                changes(nodes(before.graph()), nodes(after.graph())));
    }

    /** Whether nothing differs. */
    public boolean isEmpty() {
        return inputs.isEmpty()
                && outputs.isEmpty()
                && opsets.isEmpty()
                && operators.isEmpty()
                && weights.isEmpty()
                && nodes.isEmpty();
    }

    private static List<Change> changes(Map<String, String> before, Map<String, String> after) {
        List<Change> all = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            String old = before.getOrDefault(name, "");
            String now = after.getOrDefault(name, "");
            if (!old.equals(now)) {
                all.add(new Change(name, old, now));
            }
        }
        return all;
    }

    private static Map<String, String> ports(List<Port> ports) {
        Map<String, String> types = new LinkedHashMap<>();
        ports.forEach(p -> types.put(p.name(), p.type().toString()));
        return types;
    }

    private static Map<String, String> opsets(Side side) {
        Map<String, String> versions = new TreeMap<>();
        side.onnx()
                .orElseThrow()
                .opsets()
                .forEach((domain, version) -> versions.put(domain.isEmpty() ? "ai.onnx" : domain, version.toString()));
        return versions;
    }

    private static Map<String, String> operators(Side side, boolean onnx) {
        Map<String, Integer> counts = new TreeMap<>();
        if (onnx) {
            counts.putAll(side.onnx().orElseThrow().nodes());
        } else {
            side.graph().allNodes().stream()
                    .filter(n -> !(n.op() instanceof Constant))
                    .forEach(n -> counts.merge(n.op().mnemonic(), 1, Integer::sum));
        }
        Map<String, String> texts = new TreeMap<>();
        counts.forEach((name, count) -> texts.put(name, count.toString()));
        return texts;
    }

    private static Map<String, Tensor> constants(Graph graph) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        for (Node n : graph.allNodes()) {
            if (n.op() instanceof Constant(Tensor t) && !n.result().name().isEmpty()) {
                all.putIfAbsent(n.result().name(), t);
            }
        }
        return all;
    }

    private static List<Change> weights(Map<String, Tensor> before, Map<String, Tensor> after) {
        List<Change> all = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            Tensor old = before.get(name);
            Tensor now = after.get(name);
            if (old == null || now == null || !old.type().equals(now.type())) {
                all.add(new Change(
                        name,
                        old == null ? "" : old.type().toString(),
                        now == null ? "" : now.type().toString()));
            } else if (!old.equals(now)) {
                all.add(new Change(name, old.type().toString(), now.type() + ", " + values(old, now)));
            }
        }
        return all;
    }

    /** How far numbers of the same type are apart. */
    private static String values(Tensor before, Tensor after) {
        long count = 0;
        double most = 0;
        for (long i = 0; i < before.size(); i++) {
            if (!before.elementText(i).equals(after.elementText(i))) {
                count++;
                if (before.element().isNumeric()) {
                    most = Math.max(most, Math.abs(before.getDouble(i) - after.getDouble(i)));
                }
            }
        }
        return count + " of " + before.size() + " values differ"
                + (before.element().isNumeric() ? String.format(Locale.ROOT, ", by up to %.3g", most) : "");
    }

    /** What computes each named value, as IR text. */
    private static Map<String, String> nodes(Graph graph) {
        Printer.Listing listing = Printer.listing(graph);
        List<String> lines = listing.text().lines().toList();
        List<Node> all = graph.allNodes();
        Map<String, String> texts = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i++) {
            Node n = all.get(i);
            if (n.op() instanceof Constant || n.results().isEmpty()) {
                continue;
            }
            String name = named(n.results());
            if (!name.isEmpty()) {
                texts.putIfAbsent(name, text(lines.get(listing.lines().get(i) - 1), n));
            }
        }
        return texts;
    }

    private static String named(List<Value> results) {
        return results.stream()
                .map(Value::name)
                .filter(s -> !s.isEmpty())
                .findFirst()
                .orElse("");
    }

    /** Behind the equals sign, without the place; what has a number for a name is any value. */
    private static String text(String line, Node node) {
        String at = " at " + node.location();
        int equals = line.indexOf(" = ");
        String bare = line.strip();
        if (equals >= 0) {
            bare = line.substring(equals + 3);
        }
        if (!node.location().isNone() && bare.endsWith(at)) {
            bare = bare.substring(0, bare.length() - at.length());
        }
        return bare.replaceAll("%[0-9]+(?![A-Za-z0-9_.$])", "%_");
    }
}
