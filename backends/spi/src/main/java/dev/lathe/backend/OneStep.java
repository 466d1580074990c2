package dev.lathe.backend;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.Location;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.Node;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A whole call as one step, for targets that do not tell how long parts of it take. */
public final class OneStep {
    private OneStep() {}

    /** The step that is all of {@code nodes}; nobody knows how many bytes it moves. */
    public static ModelStep of(String kernel, List<Node> nodes) {
        List<Node> own =
                nodes.stream().filter(n -> !(n.op() instanceof Constant)).toList();
        Optional<Dim> flops = Optional.of(Dim.ZERO);
        for (Node n : own) {
            Optional<Dim> more = GraphCost.symbolicFlops(n.op());
            flops = flops.flatMap(sum -> more.map(sum::plus));
        }
        boolean isNamed = !own.isEmpty() && !own.getLast().results().isEmpty();
        return new ModelStep(
                kernel,
                isNamed ? own.getLast().results().getFirst().name() : "",
                own.stream()
                        .flatMap(n -> n.location().origins().stream())
                        .map(Location.Origin::toString)
                        .distinct()
                        .toList(),
                flops,
                Optional.empty(),
                0);
    }

    /** A model that tells how long each call takes, as that of step {@code number}. */
    public static Executable timed(Executable model, int number, StepTimes times) {
        return new Timed(model, number, times);
    }

    private record Timed(Executable model, int number, StepTimes times) implements Executable {
        @Override
        public List<Port> inputs() {
            return model.inputs();
        }

        @Override
        public List<Port> outputs() {
            return model.outputs();
        }

        @Override
        public InputRole role(String input) {
            return model.role(input);
        }

        @Override
        public Map<String, Datum> run(Map<String, ? extends Datum> given, Deadline deadline) {
            long start = System.nanoTime();
            Map<String, Datum> results = model.run(given, deadline);
            times.took(number, System.nanoTime() - start);
            return results;
        }

        @Override
        public void callInto(Map<String, Tensor> given, Map<String, Tensor> results, Deadline deadline) {
            long start = System.nanoTime();
            model.callInto(given, results, deadline);
            times.took(number, System.nanoTime() - start);
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
