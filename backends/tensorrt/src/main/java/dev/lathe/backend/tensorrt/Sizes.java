package dev.lathe.backend.tensorrt;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Dimension expressions as tensors, which Shape layers and integer layers compute when the network runs. */
final class Sizes {
    private final Net net;
    private final Supplier<Scope> scope;
    /** Symbols whose nodes could not be made. */
    private final Set<String> missing;

    Sizes(Net net, Supplier<Scope> scope, Set<String> missing) {
        this.net = net;
        this.scope = scope;
        this.missing = missing;
    }

    /** The dimensions that are constants, -1 for the others. */
    static List<Long> known(List<Dim> dims) {
        return dims.stream()
                .map(d -> d.isConstant() ? (Long) d.constant() : (Long) NetworkTensor.UNKNOWN)
                .toList();
    }

    /** Dimension expressions as a layer takes them. */
    Extents extents(List<Dim> dims) {
        return dims.stream().allMatch(Dim::isConstant)
                ? new Extents.Fixed(dims.stream().map(Dim::constant).toList())
                : new Extents.Computed(vector(dims), known(dims));
    }

    /** Dimension expressions as an INT64 vector. */
    NetworkTensor vector(List<Dim> dims) {
        List<NetworkTensor> parts = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        for (Dim d : dims) {
            if (d.isConstant()) {
                numbers.add(d.constant());
                continue;
            }
            flush(numbers, parts);
            parts.add(size(d));
        }
        if (parts.isEmpty() || !numbers.isEmpty()) {
            flush(numbers, parts);
        }
        return parts.isEmpty() ? net.vector() : net.concat(parts, 0);
    }

    private void flush(List<Long> numbers, List<NetworkTensor> parts) {
        if (!numbers.isEmpty()) {
            parts.add(net.vector(numbers.stream().mapToLong(n -> n).toArray()));
            numbers.clear();
        }
    }

    /** A dimension expression, an INT64 vector of one element. */
    NetworkTensor size(Dim d) {
        NetworkTensor t = scope.get().size(d);
        if (t == null) {
            t = d.isConstant() ? net.vector(d.constant()) : d.fold(new Folding());
            scope.get().defineSize(d, t);
        }
        return t;
    }

    /** A dimension expression, an INT64 scalar. */
    NetworkTensor scalar(Dim d) {
        return d.isConstant() ? net.constant(Tensor.scalar(d.constant())) : net.squeeze(size(d), List.of(0));
    }

    private final class Folding implements Dim.Algebra<NetworkTensor> {
        @Override
        public NetworkTensor constant(long value) {
            return size(Dim.of(value));
        }

        @Override
        public NetworkTensor symbol(String name, boolean signed) {
            Dim symbol = signed ? Dim.signedSymbol(name) : Dim.symbol(name);
            NetworkTensor known = scope.get().size(symbol);
            if (known != null) {
                return known;
            }
            Supplier<NetworkTensor> source = scope.get().source(name);
            if (source == null) {
                if (missing.contains(name)) {
                    throw new MissingSizeException();
                }
                throw new LayerException(
                        "the size " + symbol + " is that of no axis of an input", "give the shapes with --shape");
            }
            NetworkTensor t = source.get();
            scope.get().defineSize(symbol, t);
            return t;
        }

        @Override
        public NetworkTensor plus(NetworkTensor a, NetworkTensor b) {
            return net.sum(a, b);
        }

        @Override
        public NetworkTensor times(NetworkTensor a, NetworkTensor b) {
            return net.product(a, b);
        }

        @Override
        public NetworkTensor floorDiv(NetworkTensor numerator, NetworkTensor denominator) {
            return net.floorDivision(numerator, denominator);
        }

        @Override
        public NetworkTensor min(NetworkTensor a, NetworkTensor b) {
            return net.binary(Layer.ElementWiseOperation.MIN, a, b);
        }

        @Override
        public NetworkTensor max(NetworkTensor a, NetworkTensor b) {
            return net.binary(Layer.ElementWiseOperation.MAX, a, b);
        }
    }
}
