package dev.lathe.frontend.onnx.write;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.file.ExternalWeights;
import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.frontend.onnx.file.Subgraphs;
import dev.lathe.frontend.onnx.file.TensorEncoder;
import dev.lathe.frontend.onnx.read.OnnxSource;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The file that is written: names of values and nodes, functions, operator sets, and what the model said beside its
 * graph.
 */
final class ModelNames {
    /** The version of the file format since which there are sparse initializers. */
    private static final long SPARSE_FORMAT = 6;

    /** The version of the file format that goes with an opset. */
    private static final TreeMap<Integer, Long> FORMAT =
            new TreeMap<>(Map.of(1, 4L, 21, 10L, 23, 11L, 24, 12L, 25, 13L, 28, 14L));

    private final ExportedModel model;
    private final @Nullable ExternalWeights weights;
    private final Set<String> taken = new HashSet<>();
    private final Set<String> nodeNames = new HashSet<>();
    /** Every name of the model, and how many values have it. */
    private final Map<String, Integer> known = new HashMap<>();

    private final List<FunctionProto> functions = new ArrayList<>();
    private int count;

    ModelNames(ExportedModel model, @Nullable ExternalWeights weights) {
        this.model = model;
        this.weights = weights;
        OnnxSource source = model.source();
        if (source != null) {
            define(source.model.getGraph());
            source.model.getFunctionsList().forEach(f -> {
                f.getInputList().forEach(this::define);
                f.getNodeList().forEach(this::define);
            });
        }
    }

    private void define(String name) {
        known.merge(name, 1, Integer::sum);
    }

    private void define(GraphProto g) {
        Set<String> inputs = new HashSet<>();
        g.getInputList().forEach(v -> inputs.add(v.getName()));
        inputs.forEach(this::define);
        g.getInitializerList().stream()
                .map(TensorProto::getName)
                .filter(n -> !inputs.contains(n))
                .forEach(this::define);
        g.getSparseInitializerList().forEach(t -> define(t.getValues().getName()));
        g.getNodeList().forEach(this::define);
    }

    private void define(NodeProto n) {
        n.getOutputList().forEach(this::define);
        n.getAttributeList().forEach(a -> Subgraphs.of(a).forEach(this::define));
    }

    // Names.

    /** A name that nothing has yet: {@code hint}, or a short one. */
    String unique(String hint) {
        return !hint.isEmpty() && taken.add(hint) ? hint : fresh();
    }

    /** A short name that nothing has, and nothing in the model had. */
    String fresh() {
        while (true) {
            String name = "v" + Integer.toString(count++, Character.MAX_RADIX);
            if (!known.containsKey(name) && taken.add(name)) {
                return name;
            }
        }
    }

    /** The name of a class: one that the model has for it in a graph of this depth, the shortest. */
    String name(ValueClass c, int depth) {
        String best = "";
        for (Value root : c.roots) {
            for (Value v : model.equalities().members(root)) {
                for (String name : names(v, depth)) {
                    if (known.getOrDefault(name, 0) == 1
                            && !taken.contains(name)
                            && (best.isEmpty() || name.length() < best.length())) {
                        best = name;
                    }
                }
            }
        }
        if (best.isEmpty() && model.source() == null) {
            for (Value v : c.roots) {
                best = best.isEmpty() ? v.name() : best;
            }
        }
        return unique(best);
    }

    private List<String> names(Value v, int depth) {
        List<String> names = new ArrayList<>();
        OnnxSource source = model.source();
        if (source != null) {
            TensorProto weight = source.weight(v);
            if (weight != null && depth == 0) {
                names.add(weight.getName());
            }
            for (OnnxSource.Name n : source.names(v)) {
                if (n.depth() == depth) {
                    names.add(n.name());
                }
            }
        }
        return names;
    }

    /** The node, with its name if no other has it. */
    NodeProto named(NodeProto.Builder node) {
        if (!node.getName().isEmpty() && !nodeNames.add(node.getName())) {
            node.clearName();
        }
        return node.build();
    }

    // Parts.

    ValueInfoProto input(int index, Value v) {
        String name = v.name().isEmpty() ? unique("input") : v.name();
        taken.add(name);
        OnnxSource source = model.source();
        if (source != null && !source.hasShapes) {
            for (ValueInfoProto info : source.model.getGraph().getInputList()) {
                if (info.getName().equals(name)) {
                    return info;
                }
            }
        }
        return ExportedModel.info(name, v.type());
    }

    ValueInfoProto output(int index, String given, Value v) {
        String name = given.isEmpty() ? unique("output") : given;
        taken.add(name);
        OnnxSource source = model.source();
        if (source != null && !source.hasShapes) {
            ValueInfoProto info = source.model.getGraph().getOutput(index);
            if (info.getName().equals(name)) {
                return info;
            }
        }
        return ExportedModel.info(name, v.type());
    }

    TensorProto tensor(Tensor t, String name) {
        if (weights != null) {
            TensorProto.Builder proto =
                    TensorProto.newBuilder().setName(name).setDataType(ElementTypes.number(t.element()));
            for (long d : t.dims()) {
                proto.addDims(d);
            }
            if (weights.take(t, proto)) {
                return proto.build();
            }
        }
        return TensorEncoder.compact(t, name).build();
    }

    void add(FunctionProto f) {
        functions.add(f);
    }

    GraphProto complete(GraphProto.Builder proto, String name) {
        OnnxSource source = model.source();
        if (source == null) {
            return proto.setName(name).build();
        }
        GraphProto was = source.model.getGraph();
        if (was.hasDocString()) {
            proto.setDocString(was.getDocString());
        }
        return proto.setName(was.getName())
                .addAllMetadataProps(was.getMetadataPropsList())
                .build();
    }

    /** The whole model around its graph. */
    ModelProto file(GraphProto graph, int opset) {
        OnnxSource source = model.source();
        ModelProto.Builder file = source == null
                ? ModelProto.newBuilder().setProducerName("lathe")
                : source.model.toBuilder()
                        .clearGraph()
                        .clearOpsetImport()
                        .clearFunctions()
                        .clearTrainingInfo();
        long needed = FORMAT.floorEntry(source == null ? opset : 1).getValue();
        if (graph.getSparseInitializerCount() > 0) {
            needed = Math.max(needed, SPARSE_FORMAT);
        }
        file.setIrVersion(Math.max(file.getIrVersion(), needed));
        Map<String, Long> versions = new LinkedHashMap<>();
        boolean isNamed = source == null
                || OnnxNames.opsets(source.model.getOpsetImportList()).containsKey("");
        if (isNamed) {
            versions.put("", (long) opset);
        }
        Set<String> used = new TreeSet<>();
        graph.getNodeList().forEach(n -> domains(n, used));
        functions.forEach(f -> f.getNodeList().forEach(n -> domains(n, used)));
        used.forEach(d -> versions.putIfAbsent(d, d.isEmpty() ? opset : 1L));
        if (source != null) {
            for (OperatorSetIdProto o : source.model.getOpsetImportList()) {
                versions.computeIfPresent(OnnxNames.normal(o.getDomain()), (d, v) -> d.isEmpty() ? v : o.getVersion());
            }
        }
        versions.forEach((domain, version) -> {
            OperatorSetIdProto.Builder set = OperatorSetIdProto.newBuilder().setVersion(version);
            file.addOpsetImport(domain.isEmpty() ? set : set.setDomain(domain));
        });
        return file.setGraph(graph).addAllFunctions(functions).build();
    }

    private static void domains(NodeProto n, Set<String> into) {
        into.add(OnnxNames.normal(n.getDomain()));
        for (AttributeProto a : n.getAttributeList()) {
            Subgraphs.of(a).forEach(g -> g.getNodeList().forEach(inner -> domains(inner, into)));
        }
    }
}
