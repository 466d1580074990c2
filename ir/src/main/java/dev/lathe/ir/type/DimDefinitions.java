package dev.lathe.ir.type;

import dev.lathe.ir.type.Atom.Defined;
import dev.lathe.ir.type.Atom.Extremum;
import dev.lathe.ir.type.Atom.FloorDiv;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Symbols for what is too large to be part of an expression. */
final class DimDefinitions {
    private DimDefinitions() {}

    static boolean occurIn(Dim dim) {
        List<Defined> direct = new ArrayList<>();
        collect(dim, direct);
        return !direct.isEmpty();
    }

    /**
     * What an expression is defined by, inner ones first, without what is {@code known}, and what only that is
     * defined by. Who asks for many expressions remembers what was given: they may share long chains of definitions.
     */
    static Collection<Defined> of(Dim dim, Predicate<Defined> known) {
        List<Defined> direct = new ArrayList<>();
        collect(dim, direct);
        direct.removeIf(known);
        if (direct.isEmpty()) {
            return direct;
        }
        Map<String, Defined> done = new LinkedHashMap<>();
        Set<String> begun = new HashSet<>();
        Deque<Defined> open = new ArrayDeque<>(direct.reversed());
        while (!open.isEmpty()) {
            Defined d = open.peek();
            if (!begun.add(d.name())) {
                done.putIfAbsent(d.name(), d);
                open.pop();
                continue;
            }
            List<Defined> inner = new ArrayList<>();
            collect(d.definition(), inner);
            inner.forEach(i -> {
                if (!begun.contains(i.name()) && !known.test(i)) {
                    open.push(i);
                }
            });
        }
        return done.values();
    }

    private static void collect(Dim dim, List<Defined> into) {
        for (Monomial m : dim.terms.keySet()) {
            for (Atom atom : m.atoms()) {
                if (atom instanceof Defined d) {
                    into.add(d);
                } else if (atom instanceof FloorDiv d) {
                    collect(d.numerator(), into);
                    collect(d.denominator(), into);
                } else if (atom instanceof Extremum e) {
                    for (Dim item : e.items()) {
                        collect(item, into);
                    }
                }
            }
        }
    }

    /** The atoms that all terms share. */
    static Monomial shared(Iterable<Monomial> terms) {
        List<Atom> common = null;
        for (Monomial m : terms) {
            if (common == null) {
                common = new ArrayList<>(m.atoms());
                continue;
            }
            List<Atom> both = new ArrayList<>();
            List<Atom> rest = new ArrayList<>(m.atoms());
            for (Atom a : common) {
                if (rest.remove(a)) {
                    both.add(a);
                }
            }
            common = both;
        }
        return common == null || common.isEmpty() ? Monomial.UNIT : new Monomial(List.copyOf(common));
    }

    /**
     * A coefficient and what all terms share, if that is small, times a symbol for what is left, which starts with a
     * positive term.
     */
    static Dim factored(Dim dim) {
        Monomial shared = dim.terms.size() < 2 ? Monomial.UNIT : shared(dim.terms.keySet());
        if (Dim.of(shared, 1).isSmall()) {
            Dim inside = divided(dim, shared);
            if (!inside.isSmall()) {
                return symbol(dim, shared, inside);
            }
        }
        return symbol(dim, Monomial.UNIT, divided(dim, Monomial.UNIT));
    }

    private static Dim symbol(Dim dim, Monomial shared, Dim inside) {
        return Dim.of(shared, content(dim)).times(Dim.ofAtom(Defined.of(inside)));
    }

    private static Dim divided(Dim dim, Monomial shared) {
        TreeMap<Monomial, Long> inside = new TreeMap<>();
        dim.terms.forEach((m, c) -> inside.put(Objects.requireNonNull(m.dividedBy(shared)), c / content(dim)));
        return Dim.of(inside);
    }

    private static long content(Dim dim) {
        return dim.terms.firstEntry().getValue() < 0 ? -dim.content() : dim.content();
    }
}
