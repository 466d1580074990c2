package dev.lathe.ir.type;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A product of atoms, sorted; the empty product is one. */
record Monomial(List<Atom> atoms) implements Comparable<Monomial> {
    static final Monomial UNIT = new Monomial(List.of());

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof Monomial m && atoms.equals(m.atoms);
    }

    @Override
    public int hashCode() {
        return atoms.hashCode();
    }

    Monomial times(Monomial other) {
        List<Atom> all = new ArrayList<>(atoms);
        all.addAll(other.atoms);
        all.sort(Comparator.naturalOrder());
        return new Monomial(List.copyOf(all));
    }

    /** This product without the atoms of {@code other}, or null if some are not there. */
    @Nullable
    Monomial dividedBy(Monomial other) {
        List<Atom> rest = new ArrayList<>(atoms);
        for (Atom a : other.atoms) {
            if (!rest.remove(a)) {
                return null;
            }
        }
        return new Monomial(List.copyOf(rest));
    }

    @Override
    public int compareTo(Monomial other) {
        int byDegree = Integer.compare(other.atoms.size(), atoms.size());
        if (byDegree != 0) {
            return byDegree;
        }
        for (int i = 0; i < atoms.size(); i++) {
            int c = atoms.get(i).compareTo(other.atoms.get(i));
            if (c != 0) {
                return c;
            }
        }
        return 0;
    }
}
