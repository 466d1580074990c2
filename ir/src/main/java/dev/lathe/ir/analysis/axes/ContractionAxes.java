package dev.lathe.ir.analysis.axes;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.DeformConv;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.MatMul;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Rules of {@link Contraction} ops. */
final class ContractionAxes {
    /** Of grouped convolutions: whole groups go. */
    static final int GROUPS = 0;
    /** Of grouped convolutions: the same channels of each group go. */
    static final int WITHIN = 1;

    private ContractionAxes() {}

    static void add(AxisRules rules, Node n, Contraction op) {
        switch (op) {
            case MatMul m -> product(rules, m, n.result());
            case Conv c -> {
                int channel = c.layout().channelAxis(rules.axes(c.x()).size());
                conv(rules, n, new Operands(c.x(), c.weights(), channel, c.groups(), false));
            }
            case ConvTranspose c -> {
                int channel = c.layout().channelAxis(rules.axes(c.x()).size());
                conv(rules, n, new Operands(c.x(), c.weights(), channel, c.groups(), true));
            }
            case Determinant _ -> rules.pinAll(n);
        }
    }

    static void deformed(AxisRules rules, Node n, DeformConv c) {
        if (c.offsetGroups() != 1) {
            rules.pinAll(n);
            return;
        }
        rules.pin(c.offset());
        c.mask().ifPresent(rules::pin);
        conv(rules, n, new Operands(c.x(), c.weights(), 1, c.groups(), false));
    }

    private static void product(AxisRules rules, MatMul m, Value result) {
        AxisUnions unions = rules.unions;
        List<Axis> x = rules.axes(m.x());
        List<Axis> y = rules.axes(m.y());
        List<Axis> out = rules.axes(result);
        boolean row = x.size() == 1;
        boolean column = y.size() == 1;
        unions.tie(x.getLast(), y.get(column ? 0 : y.size() - 2));
        int matrix = (row ? 0 : 1) + (column ? 0 : 1);
        int batch = out.size() - matrix;
        if (!row) {
            unions.tie(x.get(x.size() - 2), out.get(batch));
        }
        if (!column) {
            unions.tie(y.getLast(), out.getLast());
        }
        for (List<Axis> operand : List.of(x, y)) {
            int own = operand.size() - 2;
            for (int i = 0; i < own; i++) {
                rules.along(operand.get(i), out.get(batch - own + i));
            }
        }
    }

    /** {@code transposed}: the first axis of the weights is that of the input channels. */
    private record Operands(Value x, Value weights, int channel, long groups, boolean transposed) {}

    private static void conv(AxisRules rules, Node n, Operands c) {
        AxisUnions unions = rules.unions;
        rules.window(c.x, n.result(), c.channel);
        List<Axis> weights = rules.axes(c.weights);
        unions.pin(weights.subList(2, weights.size()));
        Axis in = rules.axis(c.x, c.channel);
        Axis out = rules.axis(n.result(), c.channel);
        // Of all groups, and of one.
        Axis whole = c.transposed ? in : out;
        Axis part = c.transposed ? out : in;
        unions.tie(whole, weights.get(0));
        if (c.groups == 1) {
            unions.tie(part, weights.get(1));
        } else if (in.isPlain() && out.isPlain()) {
            grouped(rules, n, in, out, weights.get(1), part, Math.toIntExact(c.groups));
        } else {
            unions.pin(in);
            unions.pin(out);
            unions.pin(weights);
        }
    }

    private static void grouped(AxisRules rules, Node n, Axis in, Axis out, Axis within, Axis part, int groups) {
        AxisUnions unions = rules.unions;
        int ins = in.count / groups;
        int outs = out.count / groups;
        boolean narrow = groups >= Math.max(ins, outs);
        for (int option : narrow ? List.of(GROUPS, WITHIN) : List.of(WITHIN, GROUPS)) {
            if (rules.choices.isRejected(n, 0, option) || option == WITHIN && ins == 1 && outs == 1) {
                continue;
            }
            List<int[]> positions = new ArrayList<>();
            if (option == GROUPS) {
                int[] first =
                        IntStream.range(0, groups).map(g -> in.first + g * ins).toArray();
                IntStream.range(0, in.count).forEach(i -> unions.union(in.first + i, first[i / ins]));
                IntStream.range(0, out.count).forEach(i -> unions.union(out.first + i, first[i / outs]));
                unions.pin(within);
                positions.add(first);
            } else {
                IntStream.range(0, in.count).forEach(i -> unions.union(in.first + i, in.first + i % ins));
                IntStream.range(0, out.count).forEach(i -> unions.union(out.first + i, out.first + i % outs));
                unions.tie(part, 0, within, 0, part.count / groups);
                if (ins == 1) {
                    unions.pin(in);
                }
                if (outs == 1) {
                    unions.pin(out);
                }
                positions.add(IntStream.range(0, ins).map(i -> in.first + i).toArray());
                positions.add(IntStream.range(0, outs).map(i -> out.first + i).toArray());
            }
            rules.choices.choose(n, 0, option, positions);
            return;
        }
        unions.pin(in);
        unions.pin(out);
        unions.pin(within);
    }
}
