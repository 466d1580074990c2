package dev.lathe.backend.tensorrt;

import static dev.lathe.backend.tensorrt.NetworkTensor.UNKNOWN;
import static dev.lathe.backend.tensorrt.RuleChecks.agree;
import static dev.lathe.backend.tensorrt.RuleChecks.axis;
import static dev.lathe.backend.tensorrt.RuleChecks.floating;
import static dev.lathe.backend.tensorrt.RuleChecks.known;
import static dev.lathe.backend.tensorrt.RuleChecks.product;
import static dev.lathe.backend.tensorrt.RuleChecks.require;
import static dev.lathe.backend.tensorrt.RuleChecks.same;

import dev.lathe.backend.tensorrt.LayerRules.Form;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** What TensorRT demands of layers that move or resample elements. */
final class MovementRules {
    private MovementRules() {}

    static Form shuffle(Layer.Shuffle l) {
        List<Long> dims = l.x().dims();
        if (l.transpose().isPresent()) {
            List<Integer> perm = l.transpose().get();
            require(
                    perm.size() == dims.size() && new HashSet<>(perm).size() == perm.size(),
                    "a permutation %s of %s",
                    perm,
                    dims);
            List<Long> from = dims;
            dims = perm.stream().map(from::get).toList();
        }
        if (l.reshape().isPresent()) {
            dims = reshaped(
                    dims, l.reshape().get().known(), l.reshape().get() instanceof Extents.Fixed, l.zeroIsPlaceholder());
        }
        return new Form(l.x().type(), dims);
    }

    private static List<Long> reshaped(List<Long> from, List<Long> to, boolean fixed, boolean zeroIsPlaceholder) {
        List<Long> dims = new ArrayList<>(to);
        for (int i = 0; zeroIsPlaceholder && i < dims.size(); i++) {
            if (dims.get(i) == 0) {
                require(i < from.size(), "a placeholder for axis %s of %s", i, from);
                dims.set(i, from.get(i));
            }
        }
        if (!fixed) {
            return dims;
        }
        require(to.stream().filter(d -> d == UNKNOWN).count() <= 1, "a reshape to %s, with several -1", to);
        long volume = known(from) ? product(from) : UNKNOWN;
        if (to.contains(UNKNOWN)) {
            int open = to.indexOf(UNKNOWN);
            List<Long> others = new ArrayList<>(dims);
            others.remove(open);
            long rest = known(others) ? product(others) : UNKNOWN;
            if (volume != UNKNOWN && rest > 0) {
                require(volume % rest == 0, "a reshape of %s to %s", from, to);
                dims.set(open, volume / rest);
            }
        } else if (volume != UNKNOWN && known(dims)) {
            require(volume == product(dims), "a reshape of %s to %s", from, to);
        }
        return dims;
    }

    static Form concatenation(Layer.Concatenation l) {
        NetworkTensor first = l.inputs().getFirst();
        axis(l.axis(), first);
        require(first.type() != DataType.UINT8, "Concatenation of UINT8");
        List<Long> dims = new ArrayList<>(first.dims());
        for (NetworkTensor t : l.inputs().subList(1, l.inputs().size())) {
            same(first, t, "Concatenation");
            require(t.rank() == first.rank(), "Concatenation of ranks %s and %s", first.rank(), t.rank());
            for (int i = 0; i < dims.size(); i++) {
                long a = dims.get(i);
                long b = t.dims().get(i);
                if (i == l.axis()) {
                    dims.set(i, a == UNKNOWN || b == UNKNOWN ? UNKNOWN : a + b);
                } else {
                    agree(a, b, "the parts of Concatenation");
                    dims.set(i, a == UNKNOWN ? b : a);
                }
            }
        }
        return new Form(first.type(), dims);
    }

    static Form slice(Layer.Slice l) {
        int rank = l.x().rank();
        require(rank > 0, "Slice of a scalar");
        require(
                l.start().known().size() == rank
                        && l.size().known().size() == rank
                        && l.stride().known().size() == rank,
                "Slice of %s with %s, %s, %s",
                l.x().typeText(),
                l.start(),
                l.size(),
                l.stride());
        require((l.mode() == Layer.SampleMode.FILL) == l.fill().isPresent(), "Slice %s with a value", l.mode());
        l.fill().ifPresent(f -> {
            same(l.x(), f, "the value of Slice");
            require(f.rank() == 0, "a value of rank %s for Slice", f.rank());
        });
        List<Long> dims = l.size().known();
        for (int i = 0; l.mode() == Layer.SampleMode.STRICT_BOUNDS && i < rank; i++) {
            long n = l.x().dims().get(i);
            long start = l.start().known().get(i);
            long size = dims.get(i);
            if (l.start() instanceof Extents.Fixed && l.stride() instanceof Extents.Fixed && n != UNKNOWN && size > 0) {
                long last = start + (size - 1) * l.stride().known().get(i);
                require(
                        Math.min(start, last) >= 0 && Math.max(start, last) < n,
                        "Slice from %s to %s of axis %s of %s",
                        start,
                        last,
                        i,
                        l.x().typeText());
            }
        }
        return new Form(l.x().type(), dims);
    }

    static Form resize(Layer.Resize l) {
        floating(l.x(), "Resize");
        int rank = l.x().rank();
        require(l.size().known().size() == rank && rank > 0, "Resize of %s to %s", l.x().typeText(), l.size());
        int most = switch (l.mode()) {
            case NEAREST -> 8;
            case LINEAR -> 3;
            case CUBIC -> 2;
        };
        for (int i = 0; i < rank - most; i++) {
            agree(l.x().dims().get(i), l.size().known().get(i), "an outer axis of Resize " + l.mode());
        }
        return new Form(l.x().type(), l.size().known());
    }
}
