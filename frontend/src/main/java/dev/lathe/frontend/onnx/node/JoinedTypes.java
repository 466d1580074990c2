package dev.lathe.frontend.onnx.node;

import dev.lathe.ir.Builder;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The types of values that come from one of several places: a branch, or an iteration. */
public final class JoinedTypes {
    private JoinedTypes() {}

    /** The type of a value that is of one type or the other; dimensions in which they differ become new symbols. */
    public static Type of(Builder b, Type x, Type y, List<String> bound) {
        if (x instanceof OptionalType || y instanceof OptionalType) {
            Type p = x instanceof OptionalType(Type e) ? e : x;
            Type q = y instanceof OptionalType(Type e) ? e : y;
            return new OptionalType(elements(p, q));
        }
        if (!(x instanceof TensorType p) || !(y instanceof TensorType q)) {
            return elements(x, y);
        }
        if (p.element() != q.element()) {
            throw new InvalidOpException("one value cannot be " + x + " and " + y);
        }
        if (p.isRanked() != q.isRanked() || (p.isRanked() && p.rank() != q.rank())) {
            throw new InvalidOpException("one value cannot be " + x + " and " + y);
        }
        if (!p.isRanked()) {
            return p;
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < p.rank(); i++) {
            boolean same = p.dim(i).equals(q.dim(i)) && knows(b, p.dim(i));
            boolean open = p.dim(i).isSymbol() && bound.contains(p.dim(i).symbolName());
            dims.add(same || open ? p.dim(i) : fresh(b, bound));
        }
        return TensorType.of(p.element(), Shape.of(dims));
    }

    /** The type of the elements of two containers that become one. */
    public static Type elements(Type x, Type y) {
        if (x instanceof SequenceType(Type p) && y instanceof SequenceType(Type q)) {
            return new SequenceType(elements(p, q));
        }
        if (x instanceof MapType(ElementType k, Type p) && y instanceof MapType(ElementType l, Type q) && k == l) {
            return new MapType(k, elements(p, q));
        }
        if (!(x instanceof TensorType p) || !(y instanceof TensorType q) || p.element() != q.element()) {
            throw new InvalidOpException("one value cannot be " + x + " and " + y);
        }
        if (!p.isRanked() || !q.isRanked() || p.rank() != q.rank()) {
            return TensorType.unranked(p.element());
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < p.rank(); i++) {
            dims.add(p.dim(i).equals(q.dim(i)) ? p.dim(i) : Dim.symbol("_"));
        }
        return TensorType.of(p.element(), Shape.of(dims));
    }

    /** Whether all symbols of {@code d} have values here. */
    public static boolean knows(Builder b, Dim d) {
        Set<String> symbols = new HashSet<>();
        d.collectSymbols(symbols);
        return symbols.stream().allMatch(b::knows);
    }

    /** A symbol that nothing has yet, which is added to {@code bound}. */
    public static Dim fresh(Builder b, List<String> bound) {
        String symbol = b.freshSymbol("d" + bound.size());
        for (int k = bound.size(); bound.contains(symbol); k++) {
            symbol = b.freshSymbol("d" + k);
        }
        bound.add(symbol);
        return Dim.symbol(symbol);
    }
}
