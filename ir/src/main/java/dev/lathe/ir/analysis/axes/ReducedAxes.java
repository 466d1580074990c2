package dev.lathe.ir.analysis.axes;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What is left of the axes of a graph's values when units are removed. */
public final class ReducedAxes {
    private final AxisUnions unions;
    private final Choices choices;
    private final BitSet removed = new BitSet();
    private final Map<Axis, int[]> kept = new IdentityHashMap<>();

    ReducedAxes(AxisUnions unions, Choices choices, Collection<AxisRelations.Unit> units) {
        this.unions = unions;
        this.choices = choices;
        units.forEach(u -> removed.set(u.root()));
    }

    /** The positions along an axis that are left, in order. */
    public int[] kept(Axis axis) {
        return kept.computeIfAbsent(
                axis,
                a -> IntStream.range(0, a.count)
                        .filter(i -> !removed.get(unions.find(a.first + i)))
                        .toArray());
    }

    /**
     * For each axis of a value that {@code user} defines or uses, the positions that are left; an axis that stays as
     * it is has an empty list.
     */
    public List<int[]> kept(Value v, Node user) {
        List<Axis> axes = unions.find(v, user);
        int rank = v.type() instanceof TensorType t && t.isRanked() ? t.rank() : 0;
        List<int[]> all = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            boolean known = i < axes.size() && axes.get(i).count > 0;
            int[] positions = known ? kept(axes.get(i)) : new int[0];
            all.add(known && positions.length < axes.get(i).count ? positions : new int[0]);
        }
        return all;
    }

    /** The type of a value that {@code user} defines or uses, without what is removed. */
    public Type type(Value v, Node user) {
        List<Axis> axes = unions.find(v, user);
        if (axes.isEmpty()) {
            return v.type();
        }
        List<Dim> dims = new ArrayList<>();
        for (Axis a : axes) {
            boolean changes = a.count > 0 && kept(a).length < a.count;
            dims.add(changes ? a.outer.times(a.inner).times(kept(a).length) : a.size());
        }
        return v.tensorType().withShape(Shape.of(dims));
    }

    /** How many of the indices from {@code from} up to {@code to} of an axis are left. */
    public Dim left(Value v, Node user, int axis, Dim from, Dim to) {
        List<Axis> axes = unions.find(v, user);
        if (axes.isEmpty()) {
            return to.minus(from);
        }
        Axis a = axes.get(axis);
        if (!a.isPlain() || kept(a).length == a.count || !from.isConstant() || !to.isConstant()) {
            return to.minus(from);
        }
        return Dim.of(IntStream.of(kept(a))
                .filter(i -> i >= from.constant() && i < to.constant())
                .count());
    }

    /** How many of its groups a convolution keeps, of {@code groups}, whose channels are {@code axis} of {@code x}. */
    public long groups(Node conv, Value x, int axis, long groups) {
        if (groups == 1 || choices.chosen(conv, 0) != ContractionAxes.GROUPS) {
            return groups;
        }
        Axis channels = unions.find(x, conv).get(axis);
        return groups * kept(channels).length / channels.count;
    }
}
