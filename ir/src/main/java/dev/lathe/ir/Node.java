package dev.lathe.ir;

import dev.lathe.ir.op.Op;
import java.util.List;

/** One step of a graph: an op, the values it defines, and where it comes from. */
public record Node(Op op, List<Value> results, Location location) {
    public Node {
        results = List.copyOf(results);
    }

    /** The result of a node that has exactly one. */
    public Value result() {
        if (results.size() != 1) {
            throw new IllegalStateException(op.mnemonic() + " has " + results.size() + " results");
        }
        return results.getFirst();
    }
}
