package dev.lathe.conformance.operators;

import com.google.protobuf.ByteString;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.AttributeProto.AttributeType;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads ONNX's textual form of a function, as far as the standard's function bodies use it. */
final class FunctionText {
    private static final Pattern TOKEN = Pattern.compile(
            "\\s*([A-Za-z_][\\w.]*|-?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?|\"[^\"]*\"|=>|[<>(){}\\[\\]=,:@])");
    private static final Map<String, Integer> TYPES = Map.of(
            "float", TensorProto.DataType.FLOAT_VALUE,
            "int64", TensorProto.DataType.INT64_VALUE,
            "bool", TensorProto.DataType.BOOL_VALUE);

    private final List<String> tokens = new ArrayList<>();
    private int next;

    private FunctionText(String text) {
        Matcher m = TOKEN.matcher(text);
        int at = 0;
        for (; m.lookingAt(); m.region(at, text.length())) {
            tokens.add(m.group(1));
            at = m.end();
        }
        if (!text.substring(at).isBlank()) {
            throw new IllegalArgumentException("not a function: " + text.substring(at));
        }
    }

    /** The function, in the domain {@code domain} in place of its own. */
    static FunctionProto parse(String text, String domain) {
        return new FunctionText(text).function(domain);
    }

    private boolean skip(String token) {
        if (next < tokens.size() && tokens.get(next).equals(token)) {
            next++;
            return true;
        }
        return false;
    }

    private void expect(String token) {
        if (!skip(token)) {
            throw new IllegalArgumentException("expected " + token + " before " + tokens.subList(next, tokens.size()));
        }
    }

    private String take() {
        return tokens.get(next++);
    }

    private FunctionProto function(String domain) {
        FunctionProto.Builder f = FunctionProto.newBuilder().setDomain(domain);
        expect("<");
        while (!skip(">")) {
            String key = take();
            expect(":");
            if (key.equals("opset_import")) {
                expect("[");
                String imported = unquoted(take());
                expect(":");
                f.addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain(imported).setVersion(Long.parseLong(take())));
                expect("]");
            } else {
                take();
            }
            skip(",");
        }
        f.setName(take());
        if (skip("<")) {
            names(">").forEach(f::addAttribute);
        }
        expect("(");
        f.addAllInput(names(")"));
        expect("=>");
        expect("(");
        f.addAllOutput(names(")"));
        expect("{");
        f.addAllNode(nodes());
        return f.build();
    }

    private static String unquoted(String text) {
        return text.substring(1, text.length() - 1);
    }

    private List<String> names(String end) {
        List<String> names = new ArrayList<>();
        while (!skip(end)) {
            names.add(take());
            skip(",");
        }
        return names;
    }

    /** Nodes up to the end of their graph. */
    private List<NodeProto> nodes() {
        List<NodeProto> nodes = new ArrayList<>();
        while (!skip("}")) {
            NodeProto.Builder node = NodeProto.newBuilder().addAllOutput(names("="));
            node.setOpType(take());
            attributes(node);
            expect("(");
            node.addAllInput(names(")"));
            attributes(node);
            nodes.add(node.build());
        }
        return nodes;
    }

    /** Attributes stand before the operands or, where they hold graphs, behind them. */
    private void attributes(NodeProto.Builder node) {
        if (skip("<")) {
            while (!skip(">")) {
                node.addAttribute(attribute());
                skip(",");
            }
        }
    }

    private AttributeProto attribute() {
        AttributeProto.Builder a = AttributeProto.newBuilder().setName(take());
        expect(":");
        a.setType(AttributeType.valueOf(take().toUpperCase(Locale.ROOT)));
        expect("=");
        if (skip("@")) {
            return a.setRefAttrName(take()).build();
        }
        switch (a.getType()) {
            case INT -> a.setI(Long.parseLong(take()));
            case FLOAT -> a.setF(Float.parseFloat(take()));
            case STRING -> a.setS(ByteString.copyFromUtf8(unquoted(take())));
            case INTS -> {
                expect("[");
                names("]").forEach(v -> a.addInts(Long.parseLong(v)));
            }
            case TENSOR -> a.setT(scalar());
            case GRAPH -> a.setG(graph());
            default -> throw new IllegalArgumentException("an attribute of type " + a.getType());
        }
        return a.build();
    }

    private TensorProto scalar() {
        TensorProto.Builder t = TensorProto.newBuilder().setDataType(type(take()));
        expect("{");
        t.addFloatData(Float.parseFloat(take()));
        expect("}");
        return t.build();
    }

    private static int type(String name) {
        Integer type = TYPES.get(name);
        if (type == null) {
            throw new IllegalArgumentException("there is no element type " + name);
        }
        return type;
    }

    private GraphProto graph() {
        GraphProto.Builder graph = GraphProto.newBuilder().setName(take());
        expect("(");
        while (!skip(")")) {
            String name = take();
            ValueInfoProto.Builder input = ValueInfoProto.newBuilder();
            if (TYPES.containsKey(name)) {
                input.setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type(name))
                                .setShape(TensorShapeProto.getDefaultInstance())));
                name = take();
            }
            graph.addInput(input.setName(name));
            skip(",");
        }
        expect("=>");
        expect("(");
        names(")").forEach(output -> graph.addOutput(ValueInfoProto.newBuilder().setName(output)));
        expect("{");
        return graph.addAllNode(nodes()).build();
    }
}
