package dev.lathe.backend.plan;

import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Images in any layout as {@code [N, …, H, W, C]}; one spatial axis is the width of an image of one row. */
final class Images {
    private Images() {}

    static View channelsLast(View x, ChannelLayout layout) {
        int rank = x.shape().rank();
        int channel = layout.channelAxis(rank);
        List<Integer> perm = IntStream.concat(
                        IntStream.range(0, rank).filter(axis -> axis != channel), IntStream.of(channel))
                .boxed()
                .toList();
        View last = x.transposed(perm);
        if (rank > 3) {
            return last;
        }
        Shape s = last.shape();
        List<Dim> strides = new ArrayList<>(last.strides());
        strides.add(1, Dim.ZERO);
        return new View(
                last.type().withShape(Shape.of(s.dim(0), Dim.ONE, s.dim(1), s.dim(2))),
                last.place(),
                last.offset(),
                strides);
    }

    /** {@code [N, C, …, H, W]}, which is contiguous, as images {@code [N * C * …, H, W, 1]} of one channel. */
    static View planes(View x) {
        Shape s = x.shape();
        int rank = s.rank();
        Dim height = rank > 3 ? s.dim(rank - 2) : Dim.ONE;
        return x.reshaped(Shape.of(s.slice(0, Math.max(2, rank - 2)).elements(), height, s.dim(rank - 1), Dim.ONE));
    }

    /** The shape that {@link #channelsLast(View, ChannelLayout)} gives. */
    static TensorType channelsLast(TensorType type, ChannelLayout layout) {
        List<Dim> dims = new ArrayList<>(type.shape().dims());
        dims.add(dims.remove(layout.channelAxis(type.rank())));
        if (type.rank() == 3) {
            dims.add(1, Dim.ONE);
        }
        return type.withShape(Shape.of(dims));
    }

    /** {@code y}, a contiguous image with the channels last, seen as {@code type}. */
    static View as(TensorType type, ChannelLayout layout, View y) {
        List<Dim> strides = new ArrayList<>(View.strides(y.shape()));
        if (type.rank() == 3) {
            strides.remove(1);
        }
        Dim channel = strides.removeLast();
        strides.add(layout.channelAxis(type.rank()), channel);
        return new View(type, y.place(), y.offset(), strides);
    }
}
