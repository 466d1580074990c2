package dev.lathe.frontend.onnx.ops.control;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.RegionImporter;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Scans, which are loops that take their inputs apart along an axis and stack their results. */
final class ScanOps {
    private ScanOps() {}

    /** Where and in which direction one scan reads and writes. */
    private record Plan(
            RegionImporter body,
            int scans,
            List<Long> inputAxes,
            List<Boolean> inputReversed,
            List<Long> outputAxes,
            List<Boolean> outputReversed) {

        int states() {
            return body.inputCount() - scans;
        }
    }

    static List<Value> scan(OnnxNode n) {
        Plan plan = plan(n, "scan_input_directions");
        return run(n.b, plan, n.all(), Optional.empty());
    }

    private static Plan plan(OnnxNode n, String directions) {
        RegionImporter body = n.graph("body");
        int scans = (int) n.i("num_scan_inputs", 0);
        if (scans < 1 || scans > body.inputCount()) {
            throw new InvalidOpException(scans + " scan inputs for a body of " + body.inputCount());
        }
        int outputs = body.outputCount() - (body.inputCount() - scans);
        if (outputs < 0) {
            throw new InvalidOpException("the body gives fewer values than it has states");
        }
        return new Plan(
                body,
                scans,
                entries(n.ints("scan_input_axes"), scans),
                entries(n.ints(directions), scans).stream().map(d -> d != 0).toList(),
                entries(n.ints("scan_output_axes"), outputs),
                entries(n.ints("scan_output_directions"), outputs).stream()
                        .map(d -> d != 0)
                        .toList());
    }

    private static List<Long> entries(Optional<List<Long>> given, int count) {
        List<Long> all = given.orElse(Collections.nCopies(count, 0L));
        if (all.size() != count) {
            throw new InvalidOpException(all.size() + " axes or directions for " + count + " values");
        }
        return all;
    }

    private static List<Value> run(Builder b, Plan plan, List<Value> operands, Optional<Value> length) {
        if (operands.size() != plan.body.inputCount()) {
            throw new InvalidOpException(operands.size() + " operands for a body of " + plan.body.inputCount());
        }
        List<Value> initial = operands.subList(0, plan.states());
        List<Value> scanned = new ArrayList<>();
        for (int i = 0; i < plan.scans; i++) {
            Value x = operands.get(plan.states() + i);
            int axis = OnnxNode.axis(plan.inputAxes.get(i), x.tensorType().rank());
            scanned.add(plan.inputReversed.get(i) ? reversed(b, x, axis) : x);
        }
        int firstAxis = OnnxNode.axis(
                plan.inputAxes.getFirst(), scanned.getFirst().tensorType().rank());
        Value trips =
                length.orElseGet(() -> b.dim(scanned.getFirst().tensorType().dim(firstAxis)));
        List<Value> results = Loops.of(b, Optional.of(trips), Optional.empty(), initial, Loops.body(b, region -> {
            List<Value> inputs = new ArrayList<>(region.carried());
            for (int i = 0; i < scanned.size(); i++) {
                Value x = scanned.get(i);
                inputs.add(region.b()
                        .gather(
                                x,
                                region.iteration(),
                                OnnxNode.axis(
                                        plan.inputAxes.get(i), x.tensorType().rank())));
            }
            return plan.body.inline(region.b(), inputs);
        }));
        List<Value> placed = new ArrayList<>(results.subList(0, plan.states()));
        for (int i = plan.states(); i < results.size(); i++) {
            int k = i - plan.states();
            Value stacked = results.get(i);
            Value ordered = plan.outputReversed.get(k) ? reversed(b, stacked, 0) : stacked;
            placed.add(moved(
                    b,
                    ordered,
                    OnnxNode.axis(plan.outputAxes.get(k), ordered.tensorType().rank())));
        }
        return placed;
    }

    private static Value reversed(Builder b, Value x, int axis) {
        Shape s = x.tensorType().shape();
        List<Dim> starts = new ArrayList<>(Collections.nCopies(s.rank(), Dim.ZERO));
        starts.set(axis, s.dim(axis).minus(1));
        List<Long> steps = new ArrayList<>(Collections.nCopies(s.rank(), 1L));
        steps.set(axis, -1L);
        return b.add(new Slice(x, starts, s.dims(), steps));
    }

    /** The first axis moved to {@code axis}. */
    private static Value moved(Builder b, Value x, int axis) {
        List<Integer> perm = new ArrayList<>(
                IntStream.range(1, x.tensorType().rank()).boxed().toList());
        perm.add(axis, 0);
        return b.transpose(x, perm);
    }

    /**
     * The first version of Scan: everything has a batch axis before, and sequences of a batch may have lengths of
     * their own.
     */
    static List<Value> batched(OnnxNode n) {
        Plan plan = plan(n, "directions");
        List<Value> operands =
                IntStream.range(1, n.inputs.size()).mapToObj(n::in).toList();
        Dim batch = operands.getFirst().tensorType().dim(0);
        Optional<Value> lengths = n.opt(0).map(v -> n.b.cast(v, ElementType.I64));
        Dim longest = operands.get(plan.states()).tensorType().dim(1);
        return Loops.of(n.b, Optional.of(n.b.dim(batch)), Optional.empty(), List.of(), Loops.body(n.b, region -> {
            List<Value> one = operands.stream()
                    .map(v -> region.b().gather(v, region.iteration(), 0))
                    .toList();
            Optional<Value> length = lengths.map(v -> region.b().gather(v, region.iteration(), 0));
            List<Value> results = new ArrayList<>(run(region.b(), plan, one, length));
            for (int i = plan.states(); i < results.size() && length.isPresent(); i++) {
                results.set(i, padded(region.b(), results.get(i), longest));
            }
            return results;
        }));
    }

    private static Value padded(Builder b, Value x, Dim length) {
        Shape s = x.tensorType().shape();
        List<Dim> before = Collections.nCopies(s.rank(), Dim.ZERO);
        List<Dim> after = new ArrayList<>(before);
        after.set(0, length.minus(s.dim(0)));
        return b.add(new dev.lathe.ir.op.Pad(x, Optional.empty(), before, after, dev.lathe.ir.op.PadMode.CONSTANT));
    }
}
