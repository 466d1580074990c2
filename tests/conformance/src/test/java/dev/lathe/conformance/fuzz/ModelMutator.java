package dev.lathe.conformance.fuzz;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Changes models as such, so that they stay well-formed: numbers of attributes, sizes and integer weights become
 * extremes; nodes, operands and results are repeated, left out, exchanged and renamed; names and texts become long.
 * What a change of bytes would never hit.
 */
final class ModelMutator {
    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        3,
        7,
        64,
        1 << 16,
        1L << 30,
        1L << 31,
        -(1L << 31),
        1L << 40,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final float[] FLOATS = {
        0, -0f, 1, -1, 1e-30f, 1e30f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY
    };
    private static final List<String> TEXTS = List.of(
            "",
            "x",
            "SAME_UPPER",
            "linear",
            "NOTSET",
            "(a|b)*",
            "((((",
            "a{1000}{1000}",
            "ij,jk->ik",
            "i->",
            "\u0000\"\n",
            "é");

    private final Random random;

    ModelMutator(Random random) {
        this.random = random;
    }

    /** {@code bytes} with a few changes, or as they are if they are no model. */
    byte[] next(byte[] bytes) {
        try {
            ModelProto.Builder model = ModelProto.parseFrom(bytes).toBuilder();
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                change(model);
            }
            return model.build().toByteArray();
        } catch (InvalidProtocolBufferException e) {
            return bytes;
        }
    }

    private void change(ModelProto.Builder model) {
        GraphProto.Builder graph = model.getGraphBuilder();
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3, 4 -> attribute(graph);
            case 5, 6 -> weight(graph);
            case 7 -> input(graph);
            case 8 -> nodes(graph);
            case 9 -> chain(graph);
            case 10 -> operands(graph);
            default -> {
                if (model.getOpsetImportCount() > 0) {
                    int i = random.nextInt(model.getOpsetImportCount());
                    model.getOpsetImportBuilder(i).setVersion(random.nextBoolean() ? random.nextInt(30) : number());
                }
            }
        }
    }

    private long number() {
        return NUMBERS[random.nextInt(NUMBERS.length)];
    }

    private String text() {
        return random.nextInt(20) == 0 ? "n".repeat(70_000) : TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private NodeProto.@Nullable Builder node(GraphProto.Builder graph) {
        return graph.getNodeCount() == 0 ? null : graph.getNodeBuilder(random.nextInt(graph.getNodeCount()));
    }

    private void attribute(GraphProto.Builder graph) {
        NodeProto.Builder n = node(graph);
        if (n == null || n.getAttributeCount() == 0) {
            return;
        }
        int i = random.nextInt(n.getAttributeCount());
        if (random.nextInt(12) == 0) {
            n.removeAttribute(i);
            return;
        }
        AttributeProto.Builder a = n.getAttributeBuilder(i);
        if (a.hasG() && random.nextInt(3) > 0) {
            GraphProto.Builder inner = a.getGBuilder();
            attribute(inner);
            nodes(inner);
        } else if (a.getIntsCount() > 0) {
            switch (random.nextInt(4)) {
                case 0 -> a.addInts(number());
                case 1 -> a.clearInts();
                default -> a.setInts(random.nextInt(a.getIntsCount()), number());
            }
        } else if (a.getFloatsCount() > 0) {
            a.setFloats(random.nextInt(a.getFloatsCount()), FLOATS[random.nextInt(FLOATS.length)]);
        } else if (a.getStringsCount() > 0) {
            a.setStrings(random.nextInt(a.getStringsCount()), ByteString.copyFromUtf8(text()));
        } else if (a.hasS()) {
            a.setS(ByteString.copyFromUtf8(text()));
        } else if (a.hasF()) {
            a.setF(FLOATS[random.nextInt(FLOATS.length)]);
        } else if (a.hasT()) {
            tensor(a.getTBuilder());
        } else {
            a.setI(number());
        }
    }

    private void weight(GraphProto.Builder graph) {
        if (graph.getInitializerCount() > 0) {
            tensor(graph.getInitializerBuilder(random.nextInt(graph.getInitializerCount())));
        } else if (graph.getInputCount() > 0) {
            // An input that holds sizes or axes becomes a weight that does.
            ValueInfoProto input = graph.getInput(random.nextInt(graph.getInputCount()));
            TensorProto.Builder t =
                    TensorProto.newBuilder().setName(input.getName()).setDataType(TensorProto.DataType.INT64_VALUE);
            int n = random.nextInt(5);
            t.addDims(n);
            for (int i = 0; i < n; i++) {
                t.addInt64Data(number());
            }
            graph.addInitializer(t);
        }
    }

    private void tensor(TensorProto.Builder t) {
        boolean longs = t.getDataType() == TensorProto.DataType.INT64_VALUE;
        if (longs && t.getInt64DataCount() > 0) {
            t.setInt64Data(random.nextInt(t.getInt64DataCount()), number());
        } else if (longs && t.getRawData().size() >= 8) {
            java.nio.ByteBuffer bytes =
                    java.nio.ByteBuffer.wrap(t.getRawData().toByteArray()).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            bytes.putLong(random.nextInt(bytes.capacity() / 8) * 8, number());
            t.setRawData(ByteString.copyFrom(bytes.array()));
        } else if (t.getDimsCount() > 0 && random.nextBoolean()) {
            t.setDims(random.nextInt(t.getDimsCount()), number());
        } else {
            t.setDataType(random.nextInt(28));
        }
    }

    private void input(GraphProto.Builder graph) {
        if (graph.getInputCount() == 0) {
            return;
        }
        ValueInfoProto.Builder v = graph.getInputBuilder(random.nextInt(graph.getInputCount()));
        var shape = v.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder();
        if (shape.getDimCount() > 0 && random.nextInt(3) > 0) {
            var dim = shape.getDimBuilder(random.nextInt(shape.getDimCount()));
            if (random.nextBoolean()) {
                dim.setDimValue(number());
            } else {
                dim.setDimParam(random.nextBoolean() ? "n" : text());
            }
        } else if (random.nextBoolean()) {
            shape.addDimBuilder().setDimValue(number());
        } else {
            shape.clearDim();
        }
    }

    /** Nodes repeated, left out, exchanged. */
    private void nodes(GraphProto.Builder graph) {
        int n = graph.getNodeCount();
        if (n == 0) {
            return;
        }
        int i = random.nextInt(n);
        switch (random.nextInt(4)) {
            case 0 -> graph.removeNode(i);
            case 1 -> {
                NodeProto other = graph.getNode(random.nextInt(n));
                NodeProto one = graph.getNode(i);
                graph.setNode(i, one.toBuilder().setOpType(other.getOpType()).setDomain(other.getDomain()));
            }
            case 2 -> graph.addNode(graph.getNode(i));
            default -> graph.getNodeBuilder(i).setName(text());
        }
    }

    /** A node many times, each on what the one before gave. */
    private void chain(GraphProto.Builder graph) {
        NodeProto.Builder n = node(graph);
        if (n == null || n.getInputCount() == 0 || n.getOutputCount() == 0) {
            return;
        }
        NodeProto first = n.build();
        List<NodeProto> more = new ArrayList<>();
        int length = random.nextInt(8) == 0 ? 1000 : 20;
        for (int i = 0; i < length; i++) {
            NodeProto.Builder next = first.toBuilder();
            for (int k = 0; k < next.getInputCount(); k++) {
                if (k == 0 || (random.nextBoolean() && next.getInput(k).equals(first.getInput(0)))) {
                    next.setInput(k, i == 0 ? first.getOutput(0) : "chain" + (i - 1));
                }
            }
            for (int k = 0; k < next.getOutputCount(); k++) {
                next.setOutput(k, k == 0 ? "chain" + i : next.getOutput(k) + "_" + i);
            }
            more.add(next.build());
        }
        graph.addAllNode(more);
        if (graph.getOutputCount() > 0) {
            graph.getOutputBuilder(0).setName("chain" + (length - 1));
        }
    }

    private void operands(GraphProto.Builder graph) {
        NodeProto.Builder n = node(graph);
        if (n == null || n.getInputCount() == 0) {
            return;
        }
        int i = random.nextInt(n.getInputCount());
        switch (random.nextInt(5)) {
            case 0 -> n.setInput(i, "");
            case 1 -> n.setInput(i, n.getInput(random.nextInt(n.getInputCount())));
            case 2 -> {
                for (int k = random.nextInt(6) == 0 ? 2000 : 3; k > 0; k--) {
                    n.addInput(n.getInput(i));
                }
            }
            case 3 -> {
                for (int k = random.nextInt(6) == 0 ? 2000 : 3; k > 0; k--) {
                    n.addOutput("more" + k);
                }
            }
            default -> {
                if (n.getOutputCount() > 0) {
                    n.setInput(i, n.getOutput(0)); // a cycle
                }
            }
        }
    }
}
