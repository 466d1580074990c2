package dev.lathe.ir.type;

import dev.lathe.ir.type.Atom.Extremum;
import dev.lathe.ir.type.Atom.FloorDiv;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The normal form of maxima and minima: sorted items, none of which is provably never needed. What grows with a
 * maximum is a maximum itself: {@code max(0, floor(max(0, h-2), 2))} is {@code max(0, floor(h-2, 2))}.
 */
final class DimExtrema {
    /** A maximum of more items than this is an item by itself. */
    private static final int MAX_ITEMS = 8;

    private DimExtrema() {}

    static Dim of(boolean max, Dim a, Dim b) {
        boolean first = covers(a, max, b);
        boolean second = covers(b, max, a);
        if (first || second) {
            return first && (!second || a.compareTo(b) < 0) ? a : b;
        }
        Set<Dim> items = new LinkedHashSet<>();
        spread(a, max, items);
        spread(b, max, items);
        List<Dim> kept = new ArrayList<>(items);
        kept.sort(Comparator.naturalOrder());
        boolean compared = items.size() == 2 && items.contains(a) && items.contains(b);
        for (Dim candidate : compared ? List.<Dim>of() : List.copyOf(kept).reversed()) {
            if (kept.stream().anyMatch(rival -> rival != candidate && covers(rival, max, candidate))) {
                kept.remove(candidate);
            }
        }
        if (kept.size() == 1) {
            return kept.getFirst();
        }
        Extremum atom = new Extremum(max, List.copyOf(kept));
        if (kept.size() <= MAX_ITEMS && Dim.fits(atom)) {
            return Dim.ofAtom(atom);
        }
        List<Dim> named = new ArrayList<>(List.of(a.named(), b.named()));
        named.sort(Comparator.naturalOrder());
        return named.getFirst().equals(named.getLast())
                ? named.getFirst()
                : Dim.ofAtom(new Extremum(max, List.copyOf(named)));
    }

    /** Whether a maximum (or minimum) with {@code rival} does not need {@code other}: max(min(x, y), x) is x. */
    private static boolean covers(Dim rival, boolean max, Dim other) {
        if (isAhead(rival, max, other)) {
            return true;
        }
        return other.single() instanceof Extremum e
                && e.max() != max
                && e.items().stream().anyMatch(item -> isAhead(rival, max, item));
    }

    private static boolean isAhead(Dim rival, boolean max, Dim other) {
        return (max ? rival.minus(other) : other.minus(rival)).isNonNegative();
    }

    private static void spread(Dim dim, boolean max, Set<Dim> into) {
        List<Dim> items = spread(dim, max);
        if (items != null) {
            Set<Dim> all = new LinkedHashSet<>(into);
            items.forEach(item -> spread(item, max, all));
            if (all.size() <= MAX_ITEMS) {
                into.addAll(all);
                return;
            }
        }
        into.add(dim);
    }

    /** The expressions of which {@code dim} is the maximum (or minimum); null if it is none. */
    private static @Nullable List<Dim> spread(Dim dim, boolean max) {
        for (var t : dim.terms.entrySet()) {
            List<Atom> atoms = t.getKey().atoms();
            if (atoms.size() != 1) {
                continue;
            }
            List<Dim> items = spread(atoms.getFirst(), (t.getValue() > 0) == max);
            if (items != null) {
                Dim rest = dim.minus(Dim.ofAtom(atoms.getFirst()).times(t.getValue()));
                return hasExtremum(rest)
                        ? null
                        : items.stream()
                                .map(i -> i.times(t.getValue()).plus(rest))
                                .toList();
            }
        }
        return null;
    }

    private static @Nullable List<Dim> spread(Atom atom, boolean max) {
        if (atom instanceof Extremum e) {
            return e.max() == max ? e.items() : null;
        }
        if (atom instanceof FloorDiv(Dim n, Dim d) && d.isConstant() && d.constant() > 0) {
            List<Dim> items = spread(n, max);
            return items == null ? null : items.stream().map(i -> i.floorDiv(d)).toList();
        }
        return null;
    }

    private static boolean hasExtremum(Dim dim) {
        for (Monomial m : dim.terms.keySet()) {
            for (Atom a : m.atoms()) {
                boolean has = switch (a) {
                    case Extremum _ -> true;
                    case FloorDiv(Dim n, Dim d) -> hasExtremum(n) || hasExtremum(d);
                    default -> false;
                };
                if (has) {
                    return true;
                }
            }
        }
        return false;
    }
}
