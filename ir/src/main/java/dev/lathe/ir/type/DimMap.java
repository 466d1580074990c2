package dev.lathe.ir.type;

import dev.lathe.ir.type.Atom.Defined;
import dev.lathe.ir.type.Atom.Extremum;
import dev.lathe.ir.type.Atom.FloorDiv;
import dev.lathe.ir.type.Atom.Symbol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Expressions made again with other symbols; what is defined once is made once. */
final class DimMap {
    private final Function<Symbol, Dim> symbols;
    /** Whether what was too large for one expression stays a definition, even if it would fit now. */
    private final boolean keepsDefinitions;

    private final Map<String, Dim> defined = new HashMap<>();

    DimMap(Function<Symbol, Dim> symbols, boolean keepsDefinitions) {
        this.symbols = symbols;
        this.keepsDefinitions = keepsDefinitions;
    }

    Dim apply(Dim dim) {
        for (Defined d : DimDefinitions.of(dim)) { // inner ones first, so that no recursion is deep
            if (!defined.containsKey(d.name())) {
                Dim made = expression(d.definition());
                defined.put(d.name(), keepsDefinitions || !made.isSmall() ? made.defined() : made);
            }
        }
        return expression(dim);
    }

    private Dim expression(Dim dim) {
        List<Dim> products = new ArrayList<>();
        for (var term : dim.terms.entrySet()) {
            Dim product = Dim.of(term.getValue());
            for (Atom atom : term.getKey().atoms()) {
                product = product.times(atom(atom));
            }
            products.add(product);
        }
        return Dim.sum(products);
    }

    private Dim atom(Atom atom) {
        return switch (atom) {
            case Symbol s -> symbols.apply(s);
            case Defined d -> java.util.Objects.requireNonNull(defined.get(d.name()), "made before");
            case FloorDiv(Dim n, Dim d) -> expression(n).floorDiv(expression(d));
            case Extremum e -> {
                Dim result = expression(e.items().getFirst());
                for (Dim item : e.items().subList(1, e.items().size())) {
                    result = e.max() ? result.max(expression(item)) : result.min(expression(item));
                }
                yield result;
            }
        };
    }
}
