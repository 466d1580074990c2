package dev.lathe.conformance.operators;

import dev.lathe.conformance.Protos;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A model of one node.
 *
 * @param name the test's
 * @param version of the node's operator
 * @param operands a {@link Tensor} is an input of the model, a {@link Weight} an initializer, anything else is an
 * absent operand
 */
record NodeModel(String name, NodeProto node, int version, List<Object> operands) {
    /** What the standard's own domain has beside a node of another domain. */
    private static final int STANDARD_VERSION = 21;

    /** An operand that is an initializer. */
    record Weight(Tensor tensor) {}

    /** The name of a size that the model leaves open, or "" for one that it fixes. */
    interface Symbols {
        String of(Tensor operand, int axis);
    }

    /**
     * A node, which is named {@code the_node}.
     *
     * @param operator {@code Type-version} or {@code domain:Type-version}
     * @param outputs names separated by spaces; {@code _} is an absent one
     * @param parts operands, "" where one is absent, and attributes anywhere between them
     */
    static NodeModel of(String name, String operator, String outputs, Object... parts) {
        int colon = operator.indexOf(':');
        int dash = operator.lastIndexOf('-');
        NodeProto.Builder node = NodeProto.newBuilder()
                .setDomain(operator.substring(0, Math.max(0, colon)))
                .setOpType(operator.substring(colon + 1, dash))
                .setName("the_node");
        List<Object> operands = new ArrayList<>();
        for (Object part : parts) {
            if (part instanceof AttributeProto attribute) {
                node.addAttribute(attribute);
            } else {
                node.addInput(part.equals("") ? "" : "in" + operands.size());
                operands.add(part);
            }
        }
        for (String output : outputs.split(" ")) {
            node.addOutput(output.equals("_") ? "" : output);
        }
        return new NodeModel(name, node.build(), Integer.parseInt(operator.substring(dash + 1)), operands);
    }

    /** The values of the model's inputs. */
    Map<String, Datum> inputs() {
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (int i = 0; i < operands.size(); i++) {
            if (operands.get(i) instanceof Tensor t) {
                inputs.put("in" + i, t);
            }
        }
        return inputs;
    }

    /** The model with all sizes fixed. */
    ModelProto proto() {
        return proto((operand, axis) -> "");
    }

    ModelProto proto(Symbols symbols) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("g").addNode(node);
        for (int i = 0; i < operands.size(); i++) {
            String operand = "in" + i;
            if (operands.get(i) instanceof Tensor t) {
                List<String> names = IntStream.range(0, t.rank())
                        .mapToObj(axis -> symbols.of(t, axis))
                        .toList();
                graph.addInput(Protos.input(operand, t, names));
            } else if (operands.get(i) instanceof Weight(Tensor t)) {
                graph.addInitializer(Protos.tensor(operand, t));
            }
        }
        node.getOutputList().stream()
                .filter(o -> !o.isEmpty())
                .forEach(o -> graph.addOutput(ValueInfoProto.newBuilder().setName(o)));
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(10)
                .addOpsetImport(OperatorSetIdProto.newBuilder()
                        .setDomain(node.getDomain())
                        .setVersion(version))
                .setGraph(graph);
        if (!node.getDomain().isEmpty()) {
            model.addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(STANDARD_VERSION));
        }
        return model.build();
    }

    /** The value of an operand. */
    Tensor in(int i) {
        return opt(i).orElseThrow();
    }

    Optional<Tensor> opt(int i) {
        return i >= operands.size()
                ? Optional.empty()
                : switch (operands.get(i)) {
                    case Tensor t -> Optional.of(t);
                    case Weight(Tensor t) -> Optional.of(t);
                    default -> Optional.empty();
                };
    }

    private Optional<AttributeProto> attribute(String attribute) {
        return node.getAttributeList().stream()
                .filter(a -> a.getName().equals(attribute))
                .findFirst();
    }

    long i(String attribute, long otherwise) {
        return attribute(attribute).map(AttributeProto::getI).orElse(otherwise);
    }

    double f(String attribute, double otherwise) {
        return attribute(attribute).map(a -> (double) a.getF()).orElse(otherwise);
    }

    String s(String attribute, String otherwise) {
        return attribute(attribute).map(a -> a.getS().toStringUtf8()).orElse(otherwise);
    }

    long[] ints(String attribute, long... otherwise) {
        return attribute(attribute)
                .map(a -> a.getIntsList().stream().mapToLong(Long::longValue).toArray())
                .orElse(otherwise);
    }
}
