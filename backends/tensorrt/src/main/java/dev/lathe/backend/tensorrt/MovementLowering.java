package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.BitCast;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Movements: Shuffle, Slice and Concatenation layers. Quantized numbers move as they are. */
final class MovementLowering {
    private final Lowering lowering;

    MovementLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor lower(Movement op, Value result) {
        return switch (op) {
            case Reshape m ->
                reshape(
                        lowering.raw(m.x()),
                        m.x().tensorType().shape().dims(),
                        m.shape().dims());
            case Transpose m -> net().transpose(lowering.raw(m.x()), m.perm());
            case Broadcast m ->
                broadcast(
                        lowering.raw(m.x()),
                        m.x().tensorType().shape().dims(),
                        m.shape().dims());
            case Slice m -> slice(m);
            case Concat m -> concat(m);
            case Pad m -> pad(m, result.tensorType());
            case Resize m -> new ResizeLowering(lowering).lower(m);
            case BitCast m -> bitCast(m);
        };
    }

    /** A reshape as sizes that are known, as axes of size 1, with one size that follows, or as a computed shape. */
    NetworkTensor reshape(NetworkTensor x, List<Dim> from, List<Dim> to) {
        if (from.equals(to)) {
            return x;
        }
        if (withoutOnes(from).equals(withoutOnes(to))) {
            return net().unsqueeze(net().squeeze(x, ones(from)), ones(to));
        }
        if (to.stream().allMatch(Dim::isConstant)) {
            return net().reshape(x, lowering.extents(to));
        }
        return placeholders(from, to)
                .map(dims ->
                        net().add(new Layer.Shuffle(x, Optional.empty(), Optional.of(new Extents.Fixed(dims)), true)))
                .orElseGet(() -> net().reshape(x, lowering.extents(to)));
    }

    private static List<Dim> withoutOnes(List<Dim> dims) {
        return dims.stream().filter(d -> !d.isConstant(1)).toList();
    }

    private static List<Integer> ones(List<Dim> dims) {
        return Net.axes(0, dims.size()).stream()
                .filter(i -> dims.get(i).isConstant(1))
                .toList();
    }

    /** 0 for the operand's size along the same axis, -1 for one that follows; empty if that does not tell the shape. */
    private static Optional<List<Long>> placeholders(List<Dim> from, List<Dim> to) {
        List<Long> dims = new ArrayList<>();
        for (int i = 0; i < to.size(); i++) {
            Dim d = to.get(i);
            if (d.isConstant(0)) {
                return Optional.empty();
            }
            dims.add(
                    d.isConstant()
                            ? (Long) d.constant()
                            : i < from.size() && from.get(i).equals(d) ? 0L : (Long) NetworkTensor.UNKNOWN);
        }
        return dims.stream().filter(d -> d == NetworkTensor.UNKNOWN).count() <= 1
                ? Optional.of(dims)
                : Optional.empty();
    }

    /** Slices that do not step along axes that are repeated. */
    NetworkTensor broadcast(NetworkTensor x, List<Dim> own, List<Dim> to) {
        if (own.equals(to)) {
            return x;
        }
        List<Dim> from = new ArrayList<>(Collections.nCopies(to.size() - own.size(), Dim.ONE));
        from.addAll(own);
        NetworkTensor wide = net().leading(x, to.size());
        if (from.equals(to)) {
            return wide;
        }
        List<Dim> steps = new ArrayList<>();
        for (int i = 0; i < to.size(); i++) {
            Dim d = from.get(i);
            // A size that may turn out to be 1 is repeated then.
            steps.add(
                    d.equals(to.get(i))
                            ? Dim.ONE
                            : d.isConstant()
                                    ? Dim.of(d.constant() == 1 ? 0 : 1)
                                    : d.minus(1).min(Dim.ONE));
        }
        return net().add(new Layer.Slice(
                wide,
                new Extents.Fixed(Net.repeat(to.size(), 0)),
                lowering.extents(to),
                lowering.extents(steps),
                Layer.SampleMode.STRICT_BOUNDS,
                Optional.empty()));
    }

    private NetworkTensor slice(Slice op) {
        return op.steps().isEmpty()
                ? lowering.raw(op.x())
                : net().slice(
                                lowering.raw(op.x()),
                                lowering.extents(op.starts()),
                                lowering.extents(op.sizes()),
                                op.steps());
    }

    private NetworkTensor concat(Concat op) {
        List<NetworkTensor> raw = op.inputs().stream().map(lowering::raw).toList();
        DataType first = raw.getFirst().type();
        boolean same = first != DataType.UINT8 && raw.stream().allMatch(t -> t.type() == first);
        return net().concat(
                        same ? raw : op.inputs().stream().map(lowering::tensor).toList(), op.axis());
    }

    private NetworkTensor pad(Pad op, TensorType result) {
        NetworkTensor x = lowering.tensor(op.x());
        if (x.rank() == 0) {
            return x;
        }
        boolean bool = x.type() == DataType.BOOL;
        NetworkTensor numbers = bool ? net().cast(x, DataType.INT32) : x;
        Layer.SampleMode mode = switch (op.mode()) {
            case CONSTANT -> Layer.SampleMode.FILL;
            case REFLECT -> Layer.SampleMode.REFLECT;
            case EDGE -> Layer.SampleMode.CLAMP;
            case WRAP -> Layer.SampleMode.WRAP;
        };
        Optional<NetworkTensor> fill = Optional.empty();
        if (mode == Layer.SampleMode.FILL) {
            fill = Optional.of(op.value()
                    .map(v -> net().cast(lowering.tensor(v), numbers.type()))
                    .orElseGet(() -> net().scalar(numbers.type(), 0)));
        }
        NetworkTensor made = net().add(new Layer.Slice(
                numbers,
                lowering.extents(op.before().stream().map(Dim::negate).toList()),
                lowering.extents(result.shape().dims()),
                new Extents.Fixed(Net.repeat(x.rank(), 1)),
                mode,
                fill));
        return bool ? net().cast(made, DataType.BOOL) : made;
    }

    private NetworkTensor bitCast(BitCast op) {
        ElementType from = op.x().tensorType().element();
        boolean integers = from.isInteger() && op.to().isInteger();
        if (!integers && from != op.to()) {
            throw new LayerException("TensorRT has no layer that reads the bits of " + from.text() + " as "
                    + op.to().text());
        }
        return new ElementwiseLowering(lowering)
                .wrapped(
                        net().cast(
                                        lowering.tensor(op.x()),
                                        DataType.carrier(op.to()).orElseThrow()),
                        op.to());
    }

    // Layouts.

    /** With the channels on axis 1. */
    NetworkTensor channelsFirst(NetworkTensor x, ChannelLayout layout) {
        if (layout == ChannelLayout.CHANNELS_FIRST) {
            return x;
        }
        List<Integer> perm = new ArrayList<>(Net.axes(0, x.rank() - 1));
        perm.add(1, x.rank() - 1);
        return net().transpose(x, perm);
    }

    /** Channels that are on axis 1 moved to where {@code layout} has them. */
    NetworkTensor channelsBack(NetworkTensor x, ChannelLayout layout) {
        if (layout == ChannelLayout.CHANNELS_FIRST) {
            return x;
        }
        List<Integer> perm = new ArrayList<>(List.of(0));
        perm.addAll(Net.axes(2, x.rank()));
        perm.add(1);
        return net().transpose(x, perm);
    }
}
