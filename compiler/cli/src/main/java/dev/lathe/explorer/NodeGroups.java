package dev.lathe.explorer;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Location.Origin;
import dev.lathe.ir.Node;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Dims;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The groups that a drawing folds the nodes of a graph into, from the outermost to the innermost: the modules that the
 * names of the model's nodes speak of, such as {@code /encoder/layer.0/attention/MatMul}; or, where they speak of none,
 * blocks of nodes that repeat, and pieces of what is left.
 */
final class NodeGroups {
    /** Fewer named nodes than one in so many are no structure. */
    private static final int NAMED = 3;

    /** Blocks of more nodes are not looked for. */
    private static final int LONGEST = 400;

    private static final int SHORTEST = 4;

    /** More nodes are not shown at once, if nothing else groups them. */
    private static final int LARGE = 120;

    /** A block of at most so many nodes is not divided. */
    private static final int SMALL = 30;

    private final Map<Node, List<String>> paths = new IdentityHashMap<>();

    NodeGroups(Graph graph) {
        List<Node> nodes = graph.nodes().stream()
                .filter(n -> !(n.op() instanceof Constant) && !(n.op() instanceof Dims))
                .toList();
        nodes.forEach(n -> paths.put(n, module(n)));
        long named = paths.values().stream().filter(p -> !p.isEmpty()).count();
        if (named * NAMED < nodes.size()) {
            nodes.forEach(n -> paths.put(n, new ArrayList<>()));
            repeats(nodes, "");
        }
    }

    /** The names of the groups around a node; empty if it is in none. */
    List<String> of(Node node) {
        return paths.getOrDefault(node, List.of());
    }

    /** What the places that a node comes from have in common. */
    private static List<String> module(Node node) {
        List<String> common = null;
        for (Origin o : node.location().origins()) {
            List<String> parts = new ArrayList<>(Arrays.asList(o.name().split("/")));
            parts.removeIf(String::isEmpty);
            if (!parts.isEmpty()) {
                parts.removeLast();
            }
            if (common == null) {
                common = parts;
            } else {
                int same = 0;
                while (same < Math.min(common.size(), parts.size())
                        && common.get(same).equals(parts.get(same))) {
                    same++;
                }
                common = common.subList(0, same);
            }
        }
        return common == null ? new ArrayList<>() : new ArrayList<>(common);
    }

    /** Divides {@code nodes} into the blocks that repeat most of them, and then these, and what is between. */
    private void repeats(List<Node> nodes, String prefix) {
        if (nodes.size() <= SMALL) {
            return;
        }
        List<String> kinds = nodes.stream().map(n -> n.op().mnemonic()).toList();
        int bestStart = 0;
        int bestLength = 0;
        int bestCount = 0;
        for (int length = SHORTEST; length <= Math.min(LONGEST, nodes.size() / 2); length++) {
            int run = 0;
            for (int i = 0; i + length < nodes.size(); i++) {
                run = kinds.get(i).equals(kinds.get(i + length)) ? run + 1 : 0;
                int count = run / length + 1;
                if (count > 1 && count * length > bestCount * bestLength) {
                    bestCount = count;
                    bestLength = length;
                    bestStart = i + length - count * length + 1;
                }
            }
        }
        if (bestCount * bestLength * 4 < nodes.size()) {
            pieces(nodes, prefix);
            return;
        }
        repeats(nodes.subList(0, bestStart), prefix + "a");
        for (int block = 0; block < bestCount; block++) {
            List<Node> part = nodes.subList(bestStart + block * bestLength, bestStart + (block + 1) * bestLength);
            String name = "block " + prefix + (block + 1) + " of " + bestCount;
            part.forEach(n -> paths.getOrDefault(n, new ArrayList<>()).add(name));
            repeats(part, "");
        }
        repeats(nodes.subList(bestStart + bestCount * bestLength, nodes.size()), prefix + "z");
    }

    /** Groups of nodes that follow each other, where there are too many to be seen at once. */
    private void pieces(List<Node> nodes, String prefix) {
        if (nodes.size() <= LARGE) {
            return;
        }
        int count = Math.ceilDiv(nodes.size(), SMALL);
        for (int piece = 0; piece < count; piece++) {
            String name = "part " + prefix + (piece + 1) + " of " + count;
            nodes.subList(piece * SMALL, Math.min(nodes.size(), (piece + 1) * SMALL))
                    .forEach(n -> paths.getOrDefault(n, new ArrayList<>()).add(name));
        }
    }
}
