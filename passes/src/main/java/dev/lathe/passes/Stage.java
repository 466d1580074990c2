package dev.lathe.passes;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.op.Container;
import dev.lathe.ir.op.Control;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * How far a graph has come. What is legal at a stage is a table of rules, checked where a pipeline says that the
 * stage is reached.
 */
public enum Stage {
    /** As the frontend leaves it. */
    IMPORTED(List.of()),
    /** After the target-independent passes: what is computed has a rank, and what says nothing is gone. */
    CANONICAL(List.of(
            // What a branch or a container gives may be of any rank where it goes out of the model as it is.
            new Legality(
                    "an unranked tensor",
                    node -> node.op() instanceof Control
                            || node.op() instanceof Container
                            || node.results().stream().noneMatch(Stage::isUnranked)),
            new Legality(
                    "a transpose that moves nothing",
                    node -> !(node.op() instanceof Transpose t && isIdentity(t.perm()))))),
    /** What a backend emits; fused groups are not nested. */
    TARGET(List.of(new Legality(
            "a fused group inside a fused group",
            node -> !(node.op() instanceof Fused f
                    && f.body().allNodes().stream().anyMatch(n -> n.op() instanceof Fused)))));

    /** Something that must not occur, and the test that a node passes when it does not. */
    record Legality(String forbidden, Predicate<Node> holds) {}

    private final List<Legality> rules;

    Stage(List<Legality> rules) {
        this.rules = rules;
    }

    /** What in {@code graph} is not legal at this stage; empty when all is. */
    public List<Diagnostic> check(Graph graph) {
        List<Diagnostic> problems = new ArrayList<>();
        for (Stage stage : values()) {
            if (stage.compareTo(this) <= 0) {
                for (Node node : graph.allNodes()) {
                    for (Legality rule : stage.rules) {
                        if (!rule.holds.test(node)) {
                            problems.add(Diagnostic.error(
                                    "stage." + name().toLowerCase(java.util.Locale.ROOT),
                                    node.location(),
                                    "there is " + rule.forbidden + ": "
                                            + node.op().mnemonic() + " " + node.results(),
                                    "run the canonical pipeline first"));
                        }
                    }
                }
            }
        }
        return problems;
    }

    private static boolean isUnranked(Value v) {
        return v.type() instanceof TensorType t && !t.isRanked();
    }

    private static boolean isIdentity(List<Integer> perm) {
        return IntStream.range(0, perm.size()).allMatch(i -> perm.get(i) == i);
    }
}
