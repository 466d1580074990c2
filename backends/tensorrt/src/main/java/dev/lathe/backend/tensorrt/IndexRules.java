package dev.lathe.backend.tensorrt;

import static dev.lathe.backend.tensorrt.NetworkTensor.UNKNOWN;
import static dev.lathe.backend.tensorrt.RuleChecks.agree;
import static dev.lathe.backend.tensorrt.RuleChecks.axis;
import static dev.lathe.backend.tensorrt.RuleChecks.floating;
import static dev.lathe.backend.tensorrt.RuleChecks.in;
import static dev.lathe.backend.tensorrt.RuleChecks.like;
import static dev.lathe.backend.tensorrt.RuleChecks.require;
import static dev.lathe.backend.tensorrt.RuleChecks.same;
import static dev.lathe.backend.tensorrt.RuleChecks.scalar;

import dev.lathe.backend.tensorrt.LayerRules.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What TensorRT demands of layers that read and write by indices, and of what finds these. */
final class IndexRules {
    private IndexRules() {}

    static Form gather(Layer.Gather l) {
        in(l.data(), DataType.MOVABLE, "Gather");
        require(l.data().type() != DataType.UINT8, "Gather of UINT8");
        require(l.data().rank() > 0, "Gather of a scalar");
        in(l.indices(), DataType.INTEGERS, "the indices of Gather");
        List<Long> data = l.data().dims();
        List<Long> indices = l.indices().dims();
        return switch (l.mode()) {
            case DEFAULT -> {
                axis(l.axis(), l.data());
                List<Long> dims = new ArrayList<>(data.subList(0, l.axis()));
                dims.addAll(indices);
                dims.addAll(data.subList(l.axis() + 1, data.size()));
                yield new Form(l.data().type(), dims);
            }
            case ELEMENT -> {
                axis(l.axis(), l.data());
                require(indices.size() == data.size(), "Gather ELEMENT of ranks %s and %s", data, indices);
                yield new Form(l.data().type(), indices);
            }
            case ND -> {
                int batch = l.elementwiseDims();
                require(batch == 0 || batch == 1, "Gather ND with %s batch axes", batch);
                require(!indices.isEmpty() && indices.getLast() != UNKNOWN, "Gather ND with tuples of any length");
                int tuple = Math.toIntExact(indices.getLast());
                require(
                        batch + tuple <= data.size(),
                        "Gather ND of %s with %s",
                        l.data().typeText(),
                        indices);
                List<Long> dims = new ArrayList<>(indices.subList(0, indices.size() - 1));
                dims.addAll(data.subList(batch + tuple, data.size()));
                yield new Form(l.data().type(), dims);
            }
        };
    }

    static Form scatter(Layer.Scatter l) {
        in(l.data(), DataType.NUMBERS, "Scatter");
        require(l.data().rank() > 0, "Scatter into a scalar");
        same(l.data(), l.updates(), "Scatter");
        in(l.indices(), DataType.INTEGERS, "the indices of Scatter");
        int rank = l.data().rank();
        List<Long> indices = l.indices().dims();
        if (l.mode() == Layer.ScatterMode.ELEMENT) {
            axis(l.axis(), l.data());
            require(
                    indices.size() == rank && l.updates().rank() == rank,
                    "Scatter ELEMENT of ranks %s, %s, %s",
                    rank,
                    indices.size(),
                    l.updates().rank());
        } else {
            require(!indices.isEmpty() && indices.getLast() != UNKNOWN, "Scatter ND with tuples of any length");
            require(
                    l.updates().rank() == rank + indices.size() - indices.getLast() - 1,
                    "Scatter ND of ranks %s, %s, %s",
                    rank,
                    indices,
                    l.updates().rank());
        }
        return like(l.data());
    }

    static List<Form> topK(Layer.TopK l) {
        in(l.x(), DataType.NUMBERS, "TopK");
        require(l.x().rank() >= 2, "TopK of rank %s, where TensorRT needs at least 2", l.x().rank());
        axis(l.axis(), l.x());
        require(
                l.axis() >= l.x().rank() - LayerRules.TOP_K_AXES,
                "TopK along another axis than the last %s",
                LayerRules.TOP_K_AXES);
        long k = l.k().known().getFirst();
        require(k <= LayerRules.MAX_K, "TopK of %s elements, where TensorRT finds at most %s", k, LayerRules.MAX_K);
        List<Long> dims = new ArrayList<>(l.x().dims());
        dims.set(l.axis(), k);
        return List.of(new Form(l.x().type(), dims), new Form(DataType.INT64, dims));
    }

    static List<Form> nonMaxSuppression(Layer.NonMaxSuppression l) {
        in(l.boxes(), Set.of(DataType.FLOAT, DataType.HALF), "the boxes of NonMaxSuppression");
        same(l.boxes(), l.scores(), "NonMaxSuppression");
        require(l.boxes().rank() == 3 && l.scores().rank() == 3, "NonMaxSuppression of other ranks than 3");
        agree(l.boxes().dims().get(2), 4, "the coordinates of a box");
        scalar(l.maxOutput(), Set.of(DataType.INT32), "the most boxes");
        l.iouThreshold().ifPresent(t -> scalar(t, Set.of(DataType.FLOAT), "the threshold of the overlap"));
        l.scoreThreshold().ifPresent(t -> scalar(t, Set.of(DataType.FLOAT), "the threshold of the score"));
        return List.of(new Form(DataType.INT64, UNKNOWN, 3L), new Form(DataType.INT32));
    }

    static Form gridSample(Layer.GridSample l) {
        floating(l.x(), "GridSample");
        same(l.x(), l.grid(), "GridSample");
        require(l.x().rank() == 4, "GridSample of rank %s, where TensorRT has images", l.x().rank());
        require(l.grid().rank() == 4, "a grid of rank %s", l.grid().rank());
        agree(l.grid().dims().get(3), 2, "the coordinates of a grid");
        List<Long> dims = new ArrayList<>(l.x().dims().subList(0, 2));
        dims.addAll(l.grid().dims().subList(1, 3));
        return new Form(l.x().type(), dims);
    }
}
