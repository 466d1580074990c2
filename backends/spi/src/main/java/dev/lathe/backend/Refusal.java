package dev.lathe.backend;

import dev.lathe.ir.Node;
import dev.lathe.ir.diag.Diagnostic;

/**
 * A node that a target cannot run.
 *
 * @param node a node of the graph or of a region inside
 * @param reason what about it is too much for the target
 * @param remedy what the user can do
 */
public record Refusal(Node node, String reason, String remedy) {

    /** The node as the user knows it: its place in the source model, and what it is now. */
    public String name() {
        String op = node.op().mnemonic();
        return node.location().isNone() ? op : node.location() + ", as " + op;
    }

    /** {@code target.unsupported}. */
    public Diagnostic diagnostic(String target) {
        return Diagnostic.error(
                "target.unsupported",
                name() + ": target " + target + " cannot run it: " + reason,
                remedy + ", or give --allow-fallback: what " + target + " cannot run, target java does");
    }
}
