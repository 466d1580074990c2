package dev.lathe.frontend.onnx.ops.ml;

import dev.lathe.ir.op.InvalidOpException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The nodes of trees by the number of their tree and their number in it. */
final class NamedNodes {
    private record Name(long tree, long node) {}

    private final long[] trees;
    private final Map<Name, Integer> positions = new HashMap<>();

    NamedNodes(long[] trees, long[] nodes) {
        this.trees = trees;
        Forest.sameLength(trees.length, nodes.length);
        for (int i = 0; i < nodes.length; i++) {
            if (positions.put(new Name(trees[i], nodes[i]), i) != null) {
                throw new InvalidOpException("tree " + trees[i] + " has two nodes " + nodes[i]);
            }
        }
    }

    /** The position of a node. */
    int find(long tree, long node) {
        Integer at = positions.get(new Name(tree, node));
        if (at == null) {
            throw new InvalidOpException("tree " + tree + " has no node " + node);
        }
        return at;
    }

    /** The position of a node of the tree that the node at {@code position} is in. */
    int find(int position, long node) {
        return find(trees[position], node);
    }

    /** The first node of each tree that is no child. */
    List<Integer> roots(Set<Integer> children) {
        List<Integer> roots = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        for (int i = 0; i < trees.length; i++) {
            if (!children.contains(i) && seen.add(trees[i])) {
                roots.add(i);
            }
        }
        return roots;
    }
}
