package dev.lathe.backend.plan;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * What a call of a graph does.
 *
 * @param graph the graph
 * @param weights the constants that the model stores, by number
 * @param load what runs once, when the model is loaded: its results are the weights that are computed, by number;
 *     empty if there are none
 * @param buffers the intermediate tensors, by number
 * @param slots how many slots there are
 * @param prepare what runs when the shapes of the inputs change
 * @param steps what runs at each call, after that
 * @param results where the outputs are then, contiguous
 * @param expanded the composites that no kernel runs, but those of their expansion
 * @param onHost the nodes that no kernel runs, but their reference meaning
 */
public record Plan(
        Graph graph,
        List<Tensor> weights,
        Optional<Plan> load,
        List<Buffer> buffers,
        int slots,
        List<Instruction> prepare,
        List<Instruction> steps,
        List<View> results,
        List<Node> expanded,
        List<Node> onHost) {

    /**
     * The instructions of a call whose time is worth a look, each before what is inside of it. A profile has a row for
     * each, in this order.
     */
    public List<Instruction> work() {
        return Step.all(steps).filter(i -> i.step().isWork()).toList();
    }

    /** The plan as text. */
    @Override
    public String toString() {
        return PlanText.of(this);
    }
}
