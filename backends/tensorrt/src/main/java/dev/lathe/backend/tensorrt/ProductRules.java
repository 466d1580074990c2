package dev.lathe.backend.tensorrt;

import static dev.lathe.backend.tensorrt.NetworkTensor.UNKNOWN;
import static dev.lathe.backend.tensorrt.RuleChecks.agree;
import static dev.lathe.backend.tensorrt.RuleChecks.broadcast;
import static dev.lathe.backend.tensorrt.RuleChecks.floating;
import static dev.lathe.backend.tensorrt.RuleChecks.known;
import static dev.lathe.backend.tensorrt.RuleChecks.like;
import static dev.lathe.backend.tensorrt.RuleChecks.require;
import static dev.lathe.backend.tensorrt.RuleChecks.same;

import dev.lathe.backend.tensorrt.LayerRules.Form;
import java.util.ArrayList;
import java.util.List;

/** What TensorRT demands of products: of matrices, in windows, in attention. */
final class ProductRules {
    private ProductRules() {}

    static Form matrixMultiply(Layer.MatrixMultiply l) {
        floating(l.x(), "MatrixMultiply");
        same(l.x(), l.y(), "MatrixMultiply");
        List<Long> x = l.x().dims();
        List<Long> y = l.y().dims();
        require(x.size() >= 2 && y.size() >= 2, "MatrixMultiply of %s and %s", x, y);
        agree(x.getLast(), y.get(y.size() - 2), "the inner dimensions of MatrixMultiply");
        List<Long> dims = new ArrayList<>(broadcast(x.subList(0, x.size() - 2), y.subList(0, y.size() - 2)));
        dims.add(x.get(x.size() - 2));
        dims.add(y.getLast());
        return new Form(l.x().type(), dims);
    }

    private static void spatial(NetworkTensor x, NetworkTensor kernel, Layer.Placement at, String what) {
        floating(x, what);
        same(x, kernel, what);
        require(x.rank() == 4 || x.rank() == 5, "%s of rank %s, where TensorRT has 2D and 3D", what, x.rank());
        require(kernel.rank() == x.rank(), "a kernel of rank %s for %s of rank %s", kernel.rank(), what, x.rank());
        known(x.dims().get(1), "%s with a number of channels that only a run tells", what);
        for (int i = 2; i < kernel.rank(); i++) {
            known(kernel.dims().get(i), "%s with a kernel whose size only a run tells", what);
        }
        int n = x.rank() - 2;
        require(
                at.stride().size() == n
                        && at.before().size() == n
                        && at.after().size() == n
                        && at.dilation().size() == n,
                "%s with %s for %s axes",
                what,
                at,
                n);
        require(
                at.before().stream().allMatch(p -> p >= 0)
                        && at.after().stream().allMatch(p -> p >= 0),
                "%s with negative padding",
                what);
    }

    static Form convolution(Layer.Convolution l) {
        spatial(l.x(), l.kernel(), l.at(), "Convolution");
        List<Long> k = l.kernel().dims();
        agree(
                l.x().dims().get(1),
                k.get(1) == UNKNOWN ? UNKNOWN : k.get(1) * l.groups(),
                "the channels of Convolution");
        known(k.getFirst(), "%s with a number of channels that only a run tells", "Convolution");
        List<Long> dims = new ArrayList<>(List.of(l.x().dims().getFirst(), k.getFirst()));
        for (int i = 0; i < k.size() - 2; i++) {
            long n = l.x().dims().get(i + 2);
            long span = (k.get(i + 2) - 1) * l.at().dilation().get(i) + 1;
            long room = n + l.at().before().get(i) + l.at().after().get(i) - span;
            require(n == UNKNOWN || room >= 0, "Convolution of %s with a kernel of %s", l.x().typeText(), k);
            dims.add(n == UNKNOWN ? UNKNOWN : room / l.at().stride().get(i) + 1);
        }
        return new Form(l.x().type(), dims);
    }

    static Form deconvolution(Layer.Deconvolution l) {
        spatial(l.x(), l.kernel(), l.at(), "Deconvolution");
        List<Long> k = l.kernel().dims();
        agree(l.x().dims().get(1), k.getFirst(), "the channels of Deconvolution");
        known(k.get(1), "%s with a number of channels that only a run tells", "Deconvolution");
        List<Long> dims = new ArrayList<>(List.of(l.x().dims().getFirst(), k.get(1) * l.groups()));
        for (int i = 0; i < k.size() - 2; i++) {
            long n = l.x().dims().get(i + 2);
            long span = (k.get(i + 2) - 1) * l.at().dilation().get(i) + 1;
            long size = (n - 1) * l.at().stride().get(i)
                    + span
                    - l.at().before().get(i)
                    - l.at().after().get(i);
            require(n == UNKNOWN || size >= 0, "Deconvolution of %s with a kernel of %s", l.x().typeText(), k);
            dims.add(n == UNKNOWN ? UNKNOWN : size);
        }
        return new Form(l.x().type(), dims);
    }

    static Form rotaryEmbedding(Layer.RotaryEmbedding l) {
        floating(l.x(), "RotaryEmbedding");
        require(l.x().rank() == 4, "RotaryEmbedding of rank %s", l.x().rank());
        long depth = l.turned() == 0 ? l.x().dims().get(3) : l.turned();
        require(depth == UNKNOWN || depth % 2 == 0, "RotaryEmbedding of an odd depth %s", depth);
        for (NetworkTensor t : List.of(l.cos(), l.sin())) {
            same(l.x(), t, "RotaryEmbedding");
            require(t.rank() == 3, "angles of rank %s", t.rank());
            agree(l.x().dims().get(0), t.dims().get(0), "the batch of RotaryEmbedding");
            agree(l.x().dims().get(2), t.dims().get(1), "the positions of RotaryEmbedding");
            agree(depth == UNKNOWN ? UNKNOWN : depth / 2, t.dims().get(2), "the angles of RotaryEmbedding");
        }
        return like(l.x());
    }

    static Form attention(Layer.Attention l) {
        floating(l.q(), "Attention");
        same(l.q(), l.k(), "Attention");
        same(l.q(), l.v(), "Attention");
        for (NetworkTensor t : List.of(l.q(), l.k(), l.v())) {
            require(t.rank() == 4, "Attention of rank %s", t.rank());
        }
        agree(l.q().dims().get(3), l.k().dims().get(3), "the depth of Attention");
        agree(l.q().dims().get(3), l.v().dims().get(3), "the depth of Attention's values");
        agree(l.k().dims().get(2), l.v().dims().get(2), "the keys and values of Attention");
        l.mask().ifPresent(m -> {
            require(
                    m.type() == DataType.BOOL || m.type() == l.q().type(),
                    "a mask of %s for Attention of %s",
                    m.type(),
                    l.q().type());
            require(m.rank() == 4, "a mask of rank %s", m.rank());
            agree(m.dims().get(2), l.q().dims().get(2), "the mask of Attention");
            agree(m.dims().get(3), l.k().dims().get(2), "the mask of Attention");
        });
        return like(l.q());
    }
}
