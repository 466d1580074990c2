package dev.lathe.frontend.onnx.read;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.ir.op.InvalidOpException;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The calls of functions in whose expansion a graph is imported.
 *
 * @param arguments what the attribute references of the innermost body stand for
 * @param callers the functions that are being expanded
 */
record Calls(Map<String, AttributeProto> arguments, Set<FunctionProto> callers) {
    static final Calls NONE = new Calls(Map.of(), Set.of());

    /** The body of {@code f}, called with the attributes {@code given}. */
    Calls into(FunctionProto f, Map<String, AttributeProto> given) {
        if (callers.contains(f)) {
            throw new InvalidOpException("function " + f.getName() + " calls itself");
        }
        Map<String, AttributeProto> all = new HashMap<>();
        f.getAttributeProtoList().forEach(a -> all.put(a.getName(), a));
        all.putAll(given);
        Set<FunctionProto> around = Collections.newSetFromMap(new IdentityHashMap<>());
        around.addAll(callers);
        around.add(f);
        return new Calls(all, around);
    }

    /** The attributes of a node by name, with arguments in the place of references. */
    Map<String, AttributeProto> attributes(NodeProto node) {
        Map<String, AttributeProto> all = new HashMap<>();
        for (AttributeProto a : node.getAttributeList()) {
            AttributeProto given = a.getRefAttrName().isEmpty() ? a : arguments.get(a.getRefAttrName());
            if (given != null) {
                all.put(a.getName(), given);
            }
        }
        return all;
    }

    /** The node with arguments in the place of references: the same if it has none. */
    NodeProto resolved(NodeProto node) {
        if (node.getAttributeList().stream().allMatch(a -> a.getRefAttrName().isEmpty())) {
            return node;
        }
        NodeProto.Builder resolved = node.toBuilder().clearAttribute();
        attributes(node)
                .forEach((name, a) -> resolved.addAttribute(a.toBuilder().setName(name)));
        return resolved.build();
    }
}
