package dev.lathe.backend.tensorrt;

import static dev.lathe.backend.tensorrt.NetworkTensor.UNKNOWN;
import static dev.lathe.backend.tensorrt.RuleChecks.require;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What TensorRT demands of a network beyond its single layers.
 *
 * <p><b>Shape tensors.</b> Sizes, numbers of iterations and what is asserted must be known on the host before the work
 * that needs them is queued. The reference calls such tensors shape tensors: of integers, bools or {@code FLOAT}, of
 * a shape that is known when the engine is built, of at most 64 elements. A layer that computes tensors of both kinds
 * then reads shape tensors, too. What another layer makes, or what is not of that form, is copied from the GPU in the
 * midst of a run: slow, but right. So it is refused only where the reference says that a layer's result must not be a
 * shape tensor, and where the number of sizes, which is a rank, is not known.
 *
 * <p><b>Loops.</b> What depends on a value that a loop carries is inside of the loop. It leaves it through the loop's
 * outputs alone, and where the loop begins nothing of it is there.
 */
final class NetworkRules {
    /** The most elements of a shape tensor. */
    static final long MOST_ELEMENTS = 64;

    private static final Set<DataType> HOST_TYPES =
            Set.of(DataType.INT32, DataType.INT64, DataType.BOOL, DataType.FLOAT);

    private final Map<Integer, Layer> makers = new HashMap<>();
    /** Shape tensors that were followed to their makers before. */
    private final Set<Integer> followed = new HashSet<>();
    /** The loops that tensors are inside of, for those that are in any. */
    private final Map<Integer, Set<Integer>> loops = new HashMap<>();

    /** Checks a layer against those that were added before it. */
    void add(Layer layer, List<NetworkTensor> made) {
        for (Need n : needs(layer)) {
            checkForm(n);
            checkMakers(n.tensor, n.what);
        }
        Set<Integer> inside = inside(layer);
        for (NetworkTensor t : made) {
            makers.put(t.number(), layer);
            if (!inside.isEmpty()) {
                loops.put(t.number(), inside);
            }
        }
    }

    /** Checks an output of the network. */
    void output(NetworkTensor t) {
        require(loopsOf(t).isEmpty(), "an output of the network that is inside of a Loop");
    }

    // Shape tensors.

    /** A tensor whose values are needed on the host; a vector of so many sizes if {@code length} is there. */
    private record Need(NetworkTensor tensor, Set<DataType> types, Optional<Integer> length, String what) {}

    private static List<Need> needs(Layer layer) {
        return switch (layer) {
            case Layer.Shuffle l ->
                l.reshape().stream().flatMap(e -> sizes("a reshape", e)).toList();
            case Layer.Slice l ->
                sizes("Slice", l.start(), l.size(), l.stride()).toList();
            case Layer.Resize l -> sizes("Resize", l.size()).toList();
            case Layer.Fill l -> sizes("Fill", l.size()).toList();
            case Layer.TopK l ->
                l.k() instanceof Extents.Computed c
                        ? List.of(number(c.tensor(), DataType.INTEGERS, "the number of elements of TopK"))
                        : List.of();
            case Layer.TripLimit l
            when l.kind() == Layer.TripLimitKind.COUNT ->
                List.of(number(l.limit(), DataType.INTEGERS, "the number of iterations of a Loop"));
            case Layer.Collected l ->
                List.of(number(l.length(), DataType.INTEGERS, "the length of what a Loop collects"));
            case Layer.Assertion l -> List.of(number(l.condition(), Set.of(DataType.BOOL), "what is asserted"));
            default -> List.of();
        };
    }

    private static Stream<Need> sizes(String layer, Extents... extents) {
        return Arrays.stream(extents)
                .filter(Extents.Computed.class::isInstance)
                .map(e -> new Need(
                        ((Extents.Computed) e).tensor(),
                        DataType.INTEGERS,
                        Optional.of(e.known().size()),
                        "the sizes of " + layer));
    }

    private static Need number(NetworkTensor t, Set<DataType> types, String what) {
        return new Need(t, types, Optional.empty(), what);
    }

    private static void checkForm(Need n) {
        NetworkTensor t = n.tensor;
        RuleChecks.in(t, n.types, n.what);
        if (n.length.isEmpty()) {
            require(t.rank() == 0, "%s of rank %s instead of a scalar", n.what, t.rank());
            return;
        }
        require(t.rank() == 1, "%s of rank %s instead of a vector", n.what, t.rank());
        require(
                t.dims().getFirst() != UNKNOWN,
                "%s whose number only a run tells, where TensorRT must know the rank of every tensor",
                n.what);
        require(
                t.dims().getFirst() == (long) n.length.get(),
                "%s are %s numbers for %s axes",
                n.what,
                t.dims().getFirst(),
                n.length.get());
    }

    /** Follows a shape tensor through the layers that compute such from such. */
    private void checkMakers(NetworkTensor first, String what) {
        Deque<NetworkTensor> left = new ArrayDeque<>(List.of(first));
        Set<Integer> passed = new HashSet<>();
        while (!left.isEmpty()) {
            NetworkTensor t = left.pop();
            Layer maker = makers.get(t.number());
            if (maker == null || !isOnHost(t) || followed.contains(t.number()) || !passed.add(t.number())) {
                continue;
            }
            require(
                    !(maker instanceof Layer.Scatter),
                    "%s out of a Scatter layer, whose result must not be a shape tensor",
                    what);
            if (computesShapes(maker)) {
                left.addAll(LayerComponents.operands(maker));
            }
        }
        followed.addAll(passed);
    }

    private static boolean isOnHost(NetworkTensor t) {
        return HOST_TYPES.contains(t.type())
                && !t.dims().contains(UNKNOWN)
                && t.dims().stream().reduce(1L, (a, b) -> a * b) <= MOST_ELEMENTS;
    }

    /** Whether a layer, given shape tensors, makes one. */
    private static boolean computesShapes(Layer layer) {
        return switch (layer) {
            case Layer.Unary _,
                    Layer.ElementWise _,
                    Layer.Activation _,
                    Layer.Select _,
                    Layer.Cast _,
                    Layer.Concatenation _,
                    Layer.Gather _,
                    Layer.Reduce _,
                    Layer.Squeeze _,
                    Layer.Unsqueeze _ -> true;
            case Layer.Shuffle l -> l.reshape().stream().allMatch(Extents.Fixed.class::isInstance);
            case Layer.Slice l -> Stream.of(l.start(), l.size(), l.stride()).allMatch(Extents.Fixed.class::isInstance);
            case Layer.Fill l -> l.size() instanceof Extents.Fixed && l.op() == Layer.FillOperation.LINSPACE;
            default -> false;
        };
    }

    // Loops.

    private Set<Integer> loopsOf(NetworkTensor t) {
        return loops.getOrDefault(t.number(), Set.of());
    }

    /** The loops that what a layer makes is inside of. */
    private Set<Integer> inside(Layer layer) {
        Set<Integer> all = LayerComponents.operands(layer).stream()
                .flatMap(t -> loopsOf(t).stream())
                .collect(Collectors.toCollection(TreeSet::new));
        switch (layer) {
            case Layer.Recurrence l -> {
                outside(l.initial(), l.number(), "the first value of what a Loop carries");
                all.add(l.number());
            }
            case Layer.TripLimit l
            when l.kind() == Layer.TripLimitKind.COUNT ->
                outside(l.limit(), l.number(), "the number of iterations of a Loop");
            case Layer.LastValue l -> all.remove(l.number());
            case Layer.Collected l -> {
                outside(l.length(), l.number(), "the length of what a Loop collects");
                all.remove(l.number());
            }
            default -> {}
        }
        return all;
    }

    private void outside(NetworkTensor t, int loop, String what) {
        require(!loopsOf(t).contains(loop), "%s from inside of it", what);
    }
}
