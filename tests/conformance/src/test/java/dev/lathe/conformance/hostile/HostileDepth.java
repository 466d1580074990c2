package dev.lathe.conformance.hostile;

import static dev.lathe.conformance.hostile.HostileParts.floats;
import static dev.lathe.conformance.hostile.HostileParts.input;
import static dev.lathe.conformance.hostile.HostileParts.line;
import static dev.lathe.conformance.hostile.HostileParts.longs;
import static dev.lathe.conformance.hostile.HostileParts.model;
import static dev.lathe.conformance.hostile.HostileParts.node;

import dev.lathe.conformance.Protos;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Long chains, deep nests, and what doubles with each step. */
final class HostileDepth {
    private static final int MANY = 100_000;

    private HostileDepth() {}

    static void addTo(HostileModels all) {
        for (String type : List.of("Relu", "Identity", "Exp", "Neg", "Transpose", "Flatten", "Cast")) {
            all.add("depth/" + type, () -> {
                List<NodeProto> nodes = new ArrayList<>();
                for (int i = 0; i < MANY; i++) {
                    String in = i == 0 ? "x" : "v" + i;
                    String out = i == MANY - 1 ? "y" : "v" + (i + 1);
                    nodes.add(
                            type.equals("Cast")
                                    ? node(type, in, out, "to", i % 2 == 0 ? ElementType.F64 : ElementType.F32)
                                    : node(type, in, out));
                }
                return model(input("x", ElementType.F32, -1, -1), nodes);
            });
        }
        all.add("depth/add-doubling", () -> {
            List<NodeProto> nodes = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                nodes.add(node("Add", "v" + i + " v" + i, "v" + (i + 1)));
            }
            nodes.addFirst(node("Relu", "x", "v0"));
            nodes.add(node("Relu", "v2000", "y"));
            return model(line(), nodes);
        });
        all.add("depth/reversed", () -> {
            List<NodeProto> nodes = new ArrayList<>();
            for (int i = 20_000; i > 0; i--) {
                nodes.add(node("Relu", "v" + i, "v" + (i + 1)));
            }
            nodes.add(node("Relu", "x", "v1"));
            nodes.add(node("Relu", "v20001", "y"));
            return model(line(), nodes);
        });
        all.add("depth/cycle", () -> {
            List<NodeProto> nodes = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                nodes.add(node("Relu", "v" + i, "v" + (i + 1) % MANY));
            }
            nodes.add(node("Relu", "v1", "y"));
            return model(line(), nodes);
        });
        all.add("depth/shape-chain", () -> {
            List<NodeProto> nodes = new ArrayList<>(List.of(node("Shape", "x", "v0")));
            for (int i = 0; i < 20_000; i++) {
                nodes.add(node(i % 2 == 0 ? "Add" : "Mul", "v" + i + " one", "v" + (i + 1)));
            }
            nodes.add(node("Expand", "x v20000", "y"));
            return model(line(), longs("one", 1), nodes);
        });
        all.add("depth/shape-minima", () -> {
            List<NodeProto> nodes = new ArrayList<>(List.of(node("Shape", "x", "v0")));
            for (int i = 0; i < 200; i++) {
                nodes.add(node(
                        i % 2 == 0 ? "Div" : "Max", "v" + i + (i % 2 == 0 ? " two" : " v" + i / 2), "v" + (i + 1)));
            }
            nodes.add(node("ConstantOfShape", "v200", "y"));
            return model(line(), longs("two", 2), nodes);
        });
        all.add("depth/scans", () -> model(line(), ifs(60)));
        all.add("depth/ifs", () -> model(line(), ifs(14)));
        all.add("depth/branches", () -> model(line(), bushy(12)));
        all.add("depth/functions", () -> functions(25, 2));
        all.add("depth/functions-line", () -> functions(60, 1));
        all.add("depth/functions-long", () -> functions(5000, 1));
        all.add("depth/functions-self", () -> functions(1, 0));
        all.add("depth/sequence-type", () -> {
            TypeProto type = TypeProto.newBuilder()
                    .setTensorType(TypeProto.Tensor.newBuilder().setElemType(1))
                    .build();
            for (int i = 0; i < 30; i++) {
                type = TypeProto.newBuilder()
                        .setSequenceType(TypeProto.Sequence.newBuilder().setElemType(type))
                        .build();
            }
            return model(
                    ValueInfoProto.newBuilder().setName("x").setType(type).build(), node("SequenceLength", "x", "y"));
        });
        all.add("depth/optional-type", () -> {
            TypeProto type = TypeProto.newBuilder()
                    .setTensorType(TypeProto.Tensor.newBuilder().setElemType(1))
                    .build();
            for (int i = 0; i < 30; i++) {
                type = TypeProto.newBuilder()
                        .setOptionalType(TypeProto.Optional.newBuilder().setElemType(type))
                        .build();
            }
            return model(
                    ValueInfoProto.newBuilder().setName("x").setType(type).build(),
                    node("OptionalHasElement", "x", "y"));
        });
        all.add("depth/map-type", () -> {
            TypeProto type = TypeProto.newBuilder()
                    .setTensorType(TypeProto.Tensor.newBuilder().setElemType(1))
                    .build();
            for (int i = 0; i < 30; i++) {
                type = TypeProto.newBuilder()
                        .setMapType(TypeProto.Map.newBuilder().setKeyType(7).setValueType(type))
                        .build();
            }
            return model(ValueInfoProto.newBuilder().setName("x").setType(type).build(), node("Identity", "x", "y"));
        });
        for (String type : List.of("Concat", "Tile", "StringConcat", "Add", "Expand", "Pad")) {
            all.add("depth/doubling-" + type, () -> {
                List<NodeProto> nodes = new ArrayList<>();
                for (int i = 0; i < 45; i++) {
                    String v = "v" + i;
                    nodes.add(
                            switch (type) {
                                case "Concat" -> node("Concat", v + " " + v, "v" + (i + 1), "axis", 0L);
                                case "Tile" -> node("Tile", v + " two", "v" + (i + 1));
                                case "Expand" -> node("Expand", v + " two", "v" + (i + 1));
                                case "Pad" -> node("Pad", v + " two", "v" + (i + 1));
                                default -> node(type, v + " " + v, "v" + (i + 1));
                            });
                }
                nodes.add(node("Identity", "v45", "y"));
                TensorProto v0 = type.equals("StringConcat")
                        ? Protos.tensor("v0", Tensor.ofStrings(new String[] {"ab"}, 1))
                        : floats("v0", 1);
                TensorProto two = type.equals("Pad") ? longs("two", 1 << 26, 1 << 26) : longs("two", 2);
                return model(line(), v0, two, nodes);
            });
        }
    }

    private static NodeProto ifs(int depth) {
        NodeProto inner = node("Relu", "x", "y" + depth);
        for (int i = depth - 1; i >= 0; i--) {
            GraphProto branch = GraphProto.newBuilder()
                    .setName("b")
                    .addNode(node("ReduceMax", "x", "m" + (i + 1), "keepdims", 0L))
                    .addNode(node("Cast", "m" + (i + 1), "c" + (i + 1), "to", ElementType.BOOL))
                    .addNode(inner)
                    .addOutput(ValueInfoProto.newBuilder().setName("y" + (i + 1)))
                    .build();
            GraphProto other = GraphProto.newBuilder()
                    .setName("o")
                    .addNode(node("Exp", "x", "z" + i))
                    .addOutput(ValueInfoProto.newBuilder().setName("z" + i))
                    .build();
            inner = node(
                    "If", i == 0 ? "k" : "c" + i, i == 0 ? "y" : "y" + i, "then_branch", branch, "else_branch", other);
        }
        return inner;
    }

    /** An If whose branches both hold two Ifs, and so on: a file of a megabyte and more nodes than it has lines. */
    private static NodeProto bushy(int depth) {
        return NodeProto.newBuilder(bushyIf(depth, "y")).build();
    }

    private static NodeProto bushyIf(int depth, String name) {
        if (depth == 0) {
            return node("Exp", "x", name);
        }
        GraphProto left = GraphProto.newBuilder()
                .setName("l")
                .addNode(bushyIf(depth - 1, name + "l"))
                .addOutput(ValueInfoProto.newBuilder().setName(name + "l"))
                .build();
        GraphProto right = GraphProto.newBuilder()
                .setName("r")
                .addNode(bushyIf(depth - 1, name + "r"))
                .addOutput(ValueInfoProto.newBuilder().setName(name + "r"))
                .build();
        return node("If", "k", name, "then_branch", left, "else_branch", right);
    }

    /** Functions that each call the next {@code calls} times; 0 stands for one that calls itself. */
    private static ModelProto functions(int depth, int calls) {
        ModelProto.Builder m = model(line(), node("local:f0", "x", "y")).toBuilder();
        for (int i = 0; i < depth; i++) {
            FunctionProto.Builder f = FunctionProto.newBuilder()
                    .setDomain("local")
                    .setName("f" + i)
                    .addInput("a")
                    .addOutput("o")
                    .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(20))
                    .addOpsetImport(
                            OperatorSetIdProto.newBuilder().setDomain("local").setVersion(1));
            String next = calls == 0 ? "local:f0" : i == depth - 1 ? "Exp" : "local:f" + (i + 1);
            if (calls < 2) {
                f.addNode(node(next, "a", "o"));
            } else {
                f.addNode(node(next, "a", "b")).addNode(node(next, "b", "o"));
            }
            m.addFunctions(f);
        }
        return m.build();
    }
}
