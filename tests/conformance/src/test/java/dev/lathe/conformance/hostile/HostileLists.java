package dev.lathe.conformance.hostile;

import static dev.lathe.conformance.hostile.HostileParts.attribute;
import static dev.lathe.conformance.hostile.HostileParts.input;
import static dev.lathe.conformance.hostile.HostileParts.line;
import static dev.lathe.conformance.hostile.HostileParts.longs;
import static dev.lathe.conformance.hostile.HostileParts.model;
import static dev.lathe.conformance.hostile.HostileParts.node;
import static dev.lathe.conformance.hostile.HostileParts.picture;
import static dev.lathe.conformance.hostile.HostileParts.text;

import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.List;

/** Lists of a hundred thousand: of operands, results, axes, names. */
final class HostileLists {
    private static final int MANY = 100_000;

    private HostileLists() {}

    static void addTo(HostileModels all) {
        for (String type : List.of("Concat", "Sum", "Max", "Mean", "SequenceConstruct")) {
            all.add("lists/" + type, () -> {
                NodeProto.Builder n = node(type, "", "s").toBuilder();
                for (int i = 0; i < MANY; i++) {
                    n.addInput("x");
                }
                if (type.equals("Concat")) {
                    n.addAttribute(attribute("axis", 0));
                }
                return model(
                        line(),
                        n.build(),
                        type.startsWith("Seq") ? node("SequenceLength", "s", "y") : node("Relu", "s", "y"));
            });
        }
        all.add("lists/split", () -> {
            NodeProto.Builder n = node("Split", "x", "y", "num_outputs", (long) MANY).toBuilder();
            for (int i = 1; i < MANY; i++) {
                n.addOutput("o" + i);
            }
            return model(input("x", ElementType.F32, MANY), n.build());
        });
        all.add("lists/split-used", () -> {
            NodeProto.Builder n = node("Split", "x", "o0", "num_outputs", 20_000L).toBuilder();
            NodeProto.Builder c = node("Concat", "o0", "y", "axis", 0L).toBuilder();
            for (int i = 1; i < 20_000; i++) {
                n.addOutput("o" + i);
                c.addInput("o" + i);
            }
            return model(input("x", ElementType.F32, 20_000), n.build(), c.build());
        });
        all.add("lists/split-missing", () -> {
            NodeProto.Builder n = node("Split", "x", "y").toBuilder();
            for (int i = 1; i < MANY; i++) {
                n.addOutput("o" + i);
            }
            return model(line(), n.build());
        });
        all.add("lists/relu-outputs", () -> {
            NodeProto.Builder n = node("Relu", "x", "y").toBuilder();
            for (int i = 1; i < MANY; i++) {
                n.addOutput("o" + i);
            }
            return model(line(), n.build());
        });
        all.add("lists/inputs", () -> {
            GraphProto.Builder g = GraphProto.newBuilder().addInput(line()).addNode(node("Relu", "x", "y"));
            for (int i = 0; i < MANY; i++) {
                g.addInput(input("x" + i, ElementType.F32, 1));
            }
            return model(g.addOutput(ValueInfoProto.newBuilder().setName("y")));
        });
        all.add("lists/inputs-same-symbol-name", () -> {
            GraphProto.Builder g = GraphProto.newBuilder().addInput(line()).addNode(node("Relu", "x", "y"));
            for (int i = 0; i < MANY / 10; i++) {
                ValueInfoProto.Builder v =
                        input("x", ElementType.F32, -1).toBuilder().setName("i" + i);
                v.getTypeBuilder()
                        .getTensorTypeBuilder()
                        .getShapeBuilder()
                        .getDimBuilder(0)
                        .clear();
                g.addInput(v);
            }
            return model(g.addOutput(ValueInfoProto.newBuilder().setName("y")));
        });
        all.add("lists/outputs", () -> {
            GraphProto.Builder g = GraphProto.newBuilder().addInput(line()).addNode(node("Relu", "x", "y"));
            for (int i = 0; i < MANY; i++) {
                g.addOutput(ValueInfoProto.newBuilder().setName("y"));
            }
            return model(g);
        });
        all.add("lists/undefined", () -> {
            GraphProto.Builder g = GraphProto.newBuilder();
            for (int i = 0; i < MANY; i++) {
                g.addOutput(ValueInfoProto.newBuilder().setName("y" + i));
            }
            return model(g);
        });
        all.add("lists/rank", () -> {
            long[] dims = new long[MANY];
            Arrays.fill(dims, 1);
            return model(input("x", ElementType.F32, dims), node("Relu", "x", "y"));
        });
        all.add("lists/rank-constant", () -> {
            TensorProto.Builder t =
                    TensorProto.newBuilder().setName("w").setDataType(1).addFloatData(1);
            for (int i = 0; i < MANY; i++) {
                t.addDims(1);
            }
            return model(line(), t.build(), node("Add", "x w", "y"));
        });
        all.add("lists/transpose", () -> {
            long[] perm = new long[MANY];
            for (int i = 0; i < MANY; i++) {
                perm[i] = i;
            }
            return model(picture(), node("Transpose", "x", "y", "perm", perm));
        });
        all.add("lists/unsqueeze", () -> {
            long[] axes = new long[MANY];
            for (int i = 0; i < MANY; i++) {
                axes[i] = i;
            }
            return model(line(), longs("a", axes), node("Unsqueeze", "x a", "y"));
        });
        all.add("lists/reshape", () -> {
            long[] dims = new long[MANY];
            Arrays.fill(dims, 1);
            return model(line(), longs("a", dims), node("Reshape", "x a", "y"));
        });
        all.add("lists/attributes", () -> {
            NodeProto.Builder n = node("Relu", "x", "y").toBuilder();
            for (int i = 0; i < MANY; i++) {
                n.addAttribute(attribute("a" + i, 1L));
            }
            return model(line(), n.build());
        });
        all.add("lists/einsum", () -> {
            NodeProto.Builder n = node("Einsum", "", "y", "equation", "i" + ",i".repeat(2999) + "->i").toBuilder();
            for (int i = 0; i < 3000; i++) {
                n.addInput("x");
            }
            return model(line(), n.build());
        });
        all.add("lists/stop-words", () -> {
            String[] words = new String[MANY];
            for (int i = 0; i < MANY; i++) {
                words[i] = "w" + i;
            }
            return model(text(), node("StringNormalizer", "x", "y", "stopwords", words));
        });
        all.add("lists/shapes-of-constant", () -> {
            long[] values = new long[MANY];
            return model(input("x", ElementType.I64, -1), longs("c", values), node("Concat", "x c", "y", "axis", 0L));
        });
        all.add("lists/opsets", () -> {
            ModelProto.Builder m = model(line(), node("Relu", "x", "y")).toBuilder();
            for (int i = 0; i < MANY; i++) {
                m.addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("d" + i).setVersion(1));
            }
            return m.build();
        });
    }
}
