package dev.lathe.ir.type;

import dev.lathe.ir.type.Atom.Defined;
import dev.lathe.ir.type.Atom.Extremum;
import dev.lathe.ir.type.Atom.FloorDiv;
import dev.lathe.ir.type.Atom.Symbol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Expressions made again with other symbols; what is defined once is made once, while its symbols stay the same. */
final class DimMap {
    private final Function<Symbol, Dim> symbols;

    /** What a symbol of that name becomes, whatever says whether it is still the same; may be null. */
    private final Function<String, @Nullable Object> state;

    /** Whether what was too large for one expression stays a definition, even if it would fit now. */
    private final boolean keepsDefinitions;

    private final Map<String, Made> defined = new HashMap<>();

    /** What a definition became, and the states of its symbols then. */
    private record Made(Dim dim, List<@Nullable Object> states) {}

    DimMap(Function<Symbol, Dim> symbols, Function<String, @Nullable Object> state, boolean keepsDefinitions) {
        this.symbols = symbols;
        this.state = state;
        this.keepsDefinitions = keepsDefinitions;
    }

    Dim apply(Dim dim) {
        for (Defined d : DimDefinitions.of(dim, this::isMade)) { // inner ones first, so that no recursion is deep
            Dim made = expression(d.definition());
            defined.put(d.name(), new Made(keepsDefinitions || !made.isSmall() ? made.defined() : made, states(d)));
        }
        return expression(dim);
    }

    private boolean isMade(Defined d) {
        Made made = defined.get(d.name());
        return made != null && made.states.equals(states(d));
    }

    private List<@Nullable Object> states(Defined d) {
        List<@Nullable Object> states = new ArrayList<>();
        for (String symbol : d.symbols()) {
            states.add(state.apply(symbol));
        }
        return states;
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
            case Defined d -> Objects.requireNonNull(defined.get(d.name()), "made before").dim;
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
