package dev.lathe.ir.type;

import dev.lathe.ir.type.Atom.Defined;
import dev.lathe.ir.type.Atom.Extremum;
import dev.lathe.ir.type.Atom.FloorDiv;
import dev.lathe.ir.type.Atom.Symbol;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An expression computed in another algebra; what is defined once is computed once. */
final class DimFold<T> {
    private final Dim.Algebra<T> algebra;
    private final Map<String, T> defined = new HashMap<>();

    DimFold(Dim.Algebra<T> algebra) {
        this.algebra = algebra;
    }

    T apply(Dim dim) {
        if (DimDefinitions.occurIn(dim)) {
            // Inner ones first, so that no recursion is deep.
            for (Defined d : DimDefinitions.of(dim, d -> defined.containsKey(d.name()))) {
                defined.put(d.name(), algebra.defined(Dim.ofAtom(d), expression(d.definition())));
            }
        }
        return expression(dim);
    }

    private T expression(Dim dim) {
        T sum = null;
        for (var term : dim.terms.entrySet()) {
            T product = product(term.getValue(), term.getKey().atoms());
            sum = sum == null ? product : algebra.plus(sum, product);
        }
        return sum == null ? algebra.constant(0) : sum;
    }

    private T product(long coefficient, List<Atom> atoms) {
        T product = null;
        if (coefficient != 1) {
            product = algebra.constant(coefficient);
        }
        for (Atom atom : atoms) {
            T factor = atom(atom);
            product = product == null ? factor : algebra.times(product, factor);
        }
        return product == null ? algebra.constant(coefficient) : product;
    }

    private T atom(Atom atom) {
        return switch (atom) {
            case Symbol s -> algebra.symbol(s.name(), s.signed());
            case Defined d -> java.util.Objects.requireNonNull(defined.get(d.name()), "made before");
            case FloorDiv(Dim n, Dim d) -> algebra.floorDiv(expression(n), expression(d));
            case Extremum e -> {
                T result = expression(e.items().getFirst());
                for (Dim item : e.items().subList(1, e.items().size())) {
                    T next = expression(item);
                    result = e.max() ? algebra.max(result, next) : algebra.min(result, next);
                }
                yield result;
            }
        };
    }
}
