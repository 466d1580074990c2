package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Control;
import dev.lathe.ir.op.Fail;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Conditionals and loops. Their regions use tensors from around them as they are. */
final class ControlLowering {
    private final Lowering lowering;
    private int conditionals;
    private int loops;

    ControlLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    List<NetworkTensor> lower(Control op) {
        return switch (op) {
            case If i -> conditional(i);
            case Loop l -> loop(l);
            case Fail f -> throw new LayerException("it stops the execution with \"" + f.message() + "\"");
        };
    }

    private NetworkTensor scalar(Value v) {
        return new MovementLowering(lowering)
                .reshape(lowering.tensor(v), v.tensorType().shape().dims(), List.of());
    }

    // Conditionals.

    private List<NetworkTensor> conditional(If op) {
        NetworkTensor condition = scalar(op.condition());
        Optional<String> thenFails = failure(op.thenBranch());
        Optional<String> elseFails = failure(op.elseBranch());
        if (thenFails.isPresent() != elseFails.isPresent()) {
            // Only one branch can run: an assertion says that it does.
            net().all(new Layer.Assertion(
                    thenFails.isPresent() ? net().not(condition) : condition,
                    thenFails.or(() -> elseFails).orElseThrow()));
            return lowering.region(thenFails.isPresent() ? op.elseBranch() : op.thenBranch(), List.of());
        }
        int number = conditionals++;
        net().all(new Layer.Conditional(number, condition));
        List<NetworkTensor> whenTrue = branch(op.thenBranch(), number, condition.number());
        List<NetworkTensor> whenFalse = branch(op.elseBranch(), number, condition.number());
        List<NetworkTensor> made = new ArrayList<>();
        for (int i = 0; i < whenTrue.size(); i++) {
            made.add(net().add(new Layer.ConditionalOutput(number, whenTrue.get(i), whenFalse.get(i))));
        }
        return made;
    }

    /** The message of a branch that cannot run. */
    private static Optional<String> failure(Graph branch) {
        return branch.nodes().stream()
                .filter(n -> n.op() instanceof Fail)
                .map(n -> ((Fail) n.op()).message())
                .findFirst();
    }

    /** What a branch gives; tensors up to number {@code last} were made before it. */
    private List<NetworkTensor> branch(Graph branch, int number, int last) {
        return lowering.region(branch, List.of()).stream()
                .map(t -> t.number() > last ? t : net().add(new Layer.ConditionalInput(number, t)))
                .toList();
    }

    // Loops.

    int newLoop() {
        return loops++;
    }

    private List<NetworkTensor> loop(Loop op) {
        requireSteadyShapes(op);
        boolean ends = endsEarly(op);
        @Nullable NetworkTensor trips = trips(op, ends);
        int carried = op.initial().size();
        boolean scans = op.resultTypes().size() > carried;
        if (trips == null && scans) {
            throw new LayerException("a Loop that collects values and has no trip count");
        }
        if (trips == null && !ends) {
            throw new LayerException("a Loop without a trip count or a condition");
        }
        NetworkTensor zero = net().constant(Tensor.scalar(0L));
        NetworkTensor one = net().constant(Tensor.scalar(1L));
        NetworkTensor yes = net().constant(Tensor.scalar(true));
        NetworkTensor goOn = ends ? op.condition().map(this::scalar).orElse(yes) : yes;
        List<NetworkTensor> initial =
                op.initial().stream().map(lowering::tensor).toList();

        int number = newLoop();
        net().all(new Layer.Loop(number));
        if (trips != null) {
            net().all(new Layer.TripLimit(number, trips, Layer.TripLimitKind.COUNT));
        }
        NetworkTensor iteration = net().add(new Layer.Recurrence(number, zero));
        NetworkTensor condition = ends ? net().add(new Layer.Recurrence(number, goOn)) : yes;
        if (ends) {
            net().all(new Layer.TripLimit(number, condition, Layer.TripLimitKind.WHILE));
        }
        List<NetworkTensor> values = initial.stream()
                .map(t -> net().add(new Layer.Recurrence(number, t)))
                .toList();

        List<NetworkTensor> inputs = new ArrayList<>();
        inputs.add(shaped(iteration, op.body().inputs().get(0)));
        inputs.add(shaped(condition, op.body().inputs().get(1)));
        inputs.addAll(values);
        List<NetworkTensor> outputs = lowering.region(op.body(), inputs);

        net().all(new Layer.RecurrenceNext(iteration, net().sum(iteration, one)));
        if (ends) {
            net().all(new Layer.RecurrenceNext(
                    condition,
                    net().squeeze(
                                    outputs.getFirst(),
                                    Net.axes(0, outputs.getFirst().rank()))));
        }
        for (int i = 0; i < carried; i++) {
            net().all(new Layer.RecurrenceNext(values.get(i), outputs.get(1 + i)));
        }
        List<NetworkTensor> results = new ArrayList<>();
        for (NetworkTensor t : values) {
            results.add(net().add(new Layer.LastValue(number, t)));
        }
        if (scans && trips != null) {
            Optional<NetworkTensor> count =
                    ends ? Optional.of(net().add(new Layer.LastValue(number, iteration))) : Optional.empty();
            for (NetworkTensor t : outputs.subList(1 + carried, outputs.size())) {
                NetworkTensor all = net().add(new Layer.Collected(number, t, trips));
                results.add(count.map(n -> first(all, n)).orElse(all));
            }
        }
        return results;
    }

    /** The iteration or the condition as the body declares it, a scalar or a vector of one element. */
    private NetworkTensor shaped(NetworkTensor scalar, Value input) {
        return net().leading(scalar, input.tensorType().rank());
    }

    /** The first {@code n} parts along the first axis. */
    private NetworkTensor first(NetworkTensor x, NetworkTensor n) {
        List<NetworkTensor> size = new ArrayList<>(List.of(net().unsqueeze(n, List.of(0))));
        if (x.rank() > 1) {
            NetworkTensor shape = net().shape(x);
            size.add(net().slice(
                            shape,
                            new Extents.Fixed(List.of(1L)),
                            new Extents.Fixed(List.of(x.rank() - 1L)),
                            List.of(1L)));
        }
        List<Long> known = new ArrayList<>(x.dims());
        known.set(0, NetworkTensor.UNKNOWN);
        return net().slice(
                        x,
                        new Extents.Fixed(Net.repeat(x.rank(), 0)),
                        new Extents.Computed(net().concat(size, 0), known),
                        Net.repeat(x.rank(), 1));
    }

    /** Whether the body's condition may become false. */
    private boolean endsEarly(Loop op) {
        Value next = op.body().outputs().getFirst();
        boolean same = next == op.body().inputs().get(1);
        boolean yes = lowering.constant(next).filter(t -> t.getBoolean(0)).isPresent();
        return !same && !yes;
    }

    /** How often a loop runs at most, none if its condition is false at once; null if nothing limits it. */
    private @Nullable NetworkTensor trips(Loop op, boolean ends) {
        boolean limited = op.tripCount().isPresent()
                && lowering.constant(op.tripCount().get())
                        .filter(t -> t.getLong(0) > Integer.MAX_VALUE)
                        .isEmpty();
        if (!limited) {
            return null;
        }
        NetworkTensor count = scalar(op.tripCount().get());
        NetworkTensor trips = net().binary(Layer.ElementWiseOperation.MAX, count, net().constant(Tensor.scalar(0L)));
        boolean always = ends
                || op.condition().isEmpty()
                || lowering.constant(op.condition().get())
                        .filter(t -> t.getBoolean(0))
                        .isPresent();
        return always ? trips : net().select(scalar(op.condition().get()), trips, net().constant(Tensor.scalar(0L)));
    }

    /** TensorRT carries values of one shape: sizes that may differ as far as their expressions tell must not. */
    private void requireSteadyShapes(Loop op) {
        for (int i = 0; i < op.initial().size(); i++) {
            Value in = op.body().inputs().get(2 + i);
            Value out = op.body().outputs().get(1 + i);
            if (!(in.type() instanceof TensorType a && out.type() instanceof TensorType b) || !a.isRanked()) {
                throw new LayerException("a Loop that carries a " + in.type());
            }
            String change = "a Loop that carries a value whose shape goes from " + a.shape() + " to " + b.shape();
            for (int axis = 0; axis < Math.max(a.rank(), b.rank()); axis++) {
                if (a.rank() != b.rank() || !agree(a.dim(axis), b.dim(axis), change)) {
                    throw new LayerException(change + ", where TensorRT carries values of one shape");
                }
            }
        }
    }

    /** Whether sizes agree; where only a run tells, an assertion says so. */
    private boolean agree(Dim a, Dim b, String change) {
        if (a.equals(b)) {
            return true;
        }
        if (a.isConstant() && b.isConstant() || !lowering.isKnownHere(a) || !lowering.isKnownHere(b)) {
            return false;
        }
        NetworkTensor same = net().binary(Layer.ElementWiseOperation.EQUAL, lowering.scalar(a), lowering.scalar(b));
        net().all(new Layer.Assertion(same, change));
        return true;
    }
}
