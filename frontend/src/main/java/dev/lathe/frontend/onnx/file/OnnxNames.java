package dev.lathe.frontend.onnx.file;

import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.ir.Location;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What files call domains, operators, functions and nodes. */
public final class OnnxNames {
    private OnnxNames() {}

    /** What tells the functions of a model apart. */
    public static String key(FunctionProto f) {
        return key(f.getDomain(), f.getName(), f.getOverload());
    }

    public static String key(String domain, String name, String overload) {
        return normal(domain) + ":" + name + ":" + overload;
    }

    /** The standard domain has two names. */
    public static String normal(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
    }

    /** The versions that a model or function imports, by domain. */
    public static Map<String, Integer> opsets(List<OperatorSetIdProto> imports) {
        Map<String, Integer> opsets = new HashMap<>();
        imports.forEach(i -> opsets.put(normal(i.getDomain()), (int) i.getVersion()));
        return opsets;
    }

    /** The node's own name, else that of its first result. */
    public static String nameOf(NodeProto node) {
        return !node.getName().isEmpty()
                ? node.getName()
                : node.getOutputCount() > 0 ? node.getOutput(0) : node.getOpType();
    }

    /** The operator's name; outside the standard it has its domain before a colon. */
    public static String operator(NodeProto node) {
        return operator(node.getDomain(), node.getOpType());
    }

    public static String operator(String domain, String type) {
        String normal = normal(domain);
        return normal.isEmpty() ? type : normal + ":" + type;
    }

    public static Location location(NodeProto node, int opset) {
        return Location.of(nameOf(node), operator(node), opset);
    }

    /** The version of a node's operators; a model need not import the standard's first one. */
    public static int opset(NodeProto node, Map<String, Integer> opsets) {
        String domain = normal(node.getDomain());
        return opsets.getOrDefault(domain, domain.isEmpty() ? 1 : 0);
    }
}
