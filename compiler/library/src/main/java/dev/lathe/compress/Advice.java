package dev.lathe.compress;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.onnx.OnnxOperators;
import dev.lathe.input.LikelyShapes;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.Text;
import dev.lathe.ir.op.Tokenize;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.report.ModelReport;
import dev.lathe.report.Units;
import dev.lathe.runtime.FmaPeak;
import dev.lathe.runtime.Machine;
import dev.lathe.runtime.input.SymbolSizes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The checklist of deployment, answered for a model on this machine.
 *
 * @param items the questions, in order
 */
public record Advice(List<Item> items) {
    /** A share of traffic that is worth a word. */
    private static final double MUCH = 0.1;

    /** A share of the machine's peak below which something is in the way. */
    private static final double SLOW = 0.2;

    private static final int WARM_UP = 20;

    /**
     * A question and its answer.
     *
     * @param question such as {@code compressed}
     * @param good whether nothing is left to do
     * @param answer with figures
     * @param command what to type, or what to do; empty if nothing
     */
    public record Item(String question, boolean good, String answer, String command) {}

    /**
     * Looks at a model, and runs it for a moment.
     *
     * @param model its name, for commands
     * @param imported the graph as it was read
     */
    public static Advice of(String model, Graph imported, CompileOptions options) {
        Model compiled = Lathe.compile(imported, options);
        Graph target = compiled.graph().orElse(imported);
        ModelReport facts = ModelReport.of(imported, target, options.shapes());
        List<Port> ports = imported.inputPorts();
        SymbolSizes sizes = SymbolSizes.of(ports, Map.of(), LikelyShapes.of(imported, options.shapes()));
        GraphCost cost = new GraphCost(sizes::size);
        List<Item> items = new ArrayList<>();
        items.add(compressed(model, imported));
        items.add(fused(model, imported, target));
        items.add(batch(ports));
        try (Executable run = compiled.load()) {
            items.add(
                    accelerated(model, cost.flops(imported), run, Dataset.random(imported, options.shapes()), options));
        }
        items.add(copies(model, target, cost));
        items.add(preprocessing(ports, imported));
        items.add(versions(model, facts));
        return new Advice(items);
    }

    private static Item compressed(String model, Graph graph) {
        Map<String, Long> types = new TreeMap<>();
        long all = 0;
        long narrow = 0;
        long zeros = 0;
        long elements = 0;
        for (Node n : graph.allNodes()) {
            if (n.op() instanceof Constant(Tensor t) && !t.element().isString()) {
                all += t.byteSize();
                types.merge(t.element().text(), t.byteSize(), Long::sum);
                narrow += t.element().bits() <= 16 ? t.byteSize() : 0;
                if (t.element() == ElementType.F32 && t.size() >= SensitivityScan.LEAST) {
                    elements += t.size();
                    for (float x : t.toFloatArray()) {
                        zeros += x == 0 ? 1 : 0;
                    }
                }
            }
        }
        String by = types.entrySet().stream()
                .map(e -> e.getKey() + " " + Units.bytes(e.getValue()))
                .collect(Collectors.joining(", "));
        boolean good = all < 1_000_000 || narrow > all / 2;
        String sparse = elements > 0 && zeros > elements / 4
                ? String.format(Locale.ROOT, "; %.0f %% of the large weights are 0", 100.0 * zeros / elements)
                : "";
        return new Item(
                "compressed",
                good,
                Units.bytes(all) + " of weights: " + by + sparse
                        + (good ? "" : "; in 8 bits they would be about " + Units.bytes(narrow + (all - narrow) / 4.0)),
                good ? "" : "lathe compress " + model + " -o small.onnx --data … --budget \"size<=30%, cosine>=0.99\"");
    }

    private static Item fused(String model, Graph imported, Graph target) {
        long before = imported.allNodes().stream().filter(Advice::computes).count();
        List<Node> after = target.nodes().stream().filter(Advice::computes).toList();
        long kernels = after.stream().filter(n -> n.op() instanceof Fused).count();
        String alone = after.stream()
                .filter(n -> !(n.op() instanceof Fused || n.op() instanceof Reshape))
                .collect(Collectors.groupingBy(n -> n.op().mnemonic(), TreeMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .map(e -> e.getValue() + " " + e.getKey())
                .collect(Collectors.joining(", "));
        boolean good = kernels > 0 || after.size() <= before;
        return new Item(
                "fused",
                good,
                before + " nodes became " + after.size() + ", of which " + kernels + " are fused kernels"
                        + (alone.isEmpty() ? "" : "; alone are " + alone),
                good ? "" : "lathe opt " + model + " --html passes.html");
    }

    private static boolean computes(Node n) {
        return !(n.op() instanceof Constant);
    }

    private static Item batch(List<Port> ports) {
        List<String> fixed = new ArrayList<>();
        List<String> open = new ArrayList<>();
        for (Port p : ports) {
            if (p.type() instanceof TensorType t && t.isRanked() && t.rank() > 1) {
                Dim first = t.dim(0);
                (first.isConstant() ? fixed : open).add(p.name() + " [" + first + ", …]");
            }
        }
        if (open.isEmpty() && fixed.isEmpty()) {
            return new Item("batch", true, "no input has a first dimension that could be a batch", "");
        }
        return open.isEmpty()
                ? new Item(
                        "batch",
                        false,
                        "the first dimension is fixed: " + String.join(", ", fixed) + ", so each call takes as many",
                        "export the model with a first dimension that is open, or call it from several threads")
                : new Item(
                        "batch",
                        true,
                        "the first dimension is open: " + String.join(", ", open) + ", so a call takes several samples",
                        "");
    }

    private static Item accelerated(String model, double flops, Executable run, Dataset data, CompileOptions options) {
        for (int i = 0; i < WARM_UP; i++) {
            run.run(data.sample(0));
        }
        Timing timing = Timing.of(List.of(run), data.first(1)).getFirst();
        int threads = options.threads() == 0 ? Machine.processors() : Math.min(options.threads(), Machine.processors());
        double peak = FmaPeak.measure(threads);
        double share = timing.millis() == 0 || peak == 0 ? 0 : flops / (timing.millis() / 1e3) / peak;
        String vectors = Machine.VECTOR ? "vectors of " + 32 * Machine.LANES + " bits" : "no vectors";
        boolean good = Machine.VECTOR && (share >= SLOW || flops < 1e8);
        return new Item(
                "accelerated",
                good,
                String.format(
                        Locale.ROOT,
                        "%s, %d of %d threads; a call of %s takes %s, %.0f %% of this machine's %s/s",
                        vectors,
                        threads,
                        Machine.processors(),
                        Units.flops(flops),
                        Units.millis(timing.millis()),
                        100 * share,
                        Units.flops(peak)),
                good
                        ? ""
                        : Machine.VECTOR
                                ? "lathe bench " + model + ", with sizes as in practice; lathe inspect " + model
                                        + " --layers shows where operations are"
                                : "start Java with " + Machine.VECTOR_OPTION);
    }

    private static Item copies(String model, Graph target, GraphCost cost) {
        double all = 0;
        double moved = 0;
        int moves = 0;
        for (Node n : target.nodes()) {
            double bytes = cost.trafficBytes(n);
            all += bytes;
            if (n.op() instanceof Transpose
                    || n.op() instanceof dev.lathe.ir.op.Movement && !(n.op() instanceof Reshape)) {
                moved += bytes;
                moves++;
            }
        }
        double share = all == 0 ? 0 : moved / all;
        return new Item(
                "copies",
                share <= MUCH,
                String.format(
                        Locale.ROOT,
                        "%d moves (transpose, slice, concat and the like) are left outside of kernels: %s of %s that"
                                + " are read and written, %.0f %%",
                        moves,
                        Units.bytes(moved),
                        Units.bytes(all),
                        100 * share),
                share <= MUCH ? "" : "lathe inspect " + model + " --layers");
    }

    private static Item preprocessing(List<Port> ports, Graph graph) {
        Set<Class<? extends Op>> kinds =
                graph.allNodes().stream().map(n -> n.op().getClass()).collect(Collectors.toSet());
        boolean text = ports.stream()
                .anyMatch(p -> p.type() instanceof TensorType t && t.element().isString());
        boolean bytes = ports.stream().anyMatch(p -> p.type() instanceof TensorType t && t.element() == ElementType.U8);
        boolean picture = ports.stream()
                .anyMatch(p -> p.type() instanceof TensorType t
                        && t.isRanked()
                        && t.rank() == 4
                        && t.element().isFloat()
                        && Stream.of(1, 3)
                                .anyMatch(
                                        c -> t.dim(1).isConstant(c) || t.dim(3).isConstant(c)));
        boolean ids =
                ports.stream().anyMatch(p -> p.name().toLowerCase(Locale.ROOT).contains("ids"));
        if (text || bytes) {
            String inside = kinds.contains(Tokenize.class) || kinds.stream().anyMatch(Text.class::isAssignableFrom)
                    ? "text is cut in the graph"
                    : kinds.contains(Resize.class)
                            ? "pictures are brought to size in the graph"
                            : "raw inputs are taken";
            return new Item("preprocessing", true, inside, "");
        }
        if (picture) {
            return new Item(
                    "preprocessing",
                    false,
                    "the input is a picture of floats: scale, mean and deviation are made outside, and must be those of"
                            + " training",
                    "say them with --scale, --mean and --std, or export the model with them inside");
        }
        return ids
                ? new Item(
                        "preprocessing",
                        false,
                        "the inputs are tokens, made outside by the tokenizer of training",
                        "keep tokenizer.json beside the model; --tokenizer reads it")
                : new Item("preprocessing", true, "the inputs are plain numbers", "");
    }

    private static Item versions(String model, ModelReport facts) {
        int newest = OnnxOperators.NEWEST_OPSET;
        int used = facts.operators().keySet().stream()
                .map(o -> o.substring(o.lastIndexOf('-') + 1))
                .filter(v -> v.matches("\\d+"))
                .mapToInt(Integer::parseInt)
                .max()
                .orElse(newest);
        boolean good = used >= 13;
        return new Item(
                "versions",
                good,
                "operators of opset " + used + "; the newest that is known is " + newest + "; Lathe " + Lathe.version()
                        + ", Java " + Runtime.version().feature(),
                good ? "" : "lathe opt " + model + " -o new.onnx --opset 17");
    }
}
