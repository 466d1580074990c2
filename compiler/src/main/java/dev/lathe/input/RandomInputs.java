package dev.lathe.input;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.MapKeys;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random values that are valid for an input: token ids within the table they index, ones and then zeros for a mask, numbers of the normal distribution
 * otherwise; for a map some of the keys that are looked up. The same seed gives the same values.
 */
public final class RandomInputs {
    private static final List<String> WORDS = List.of("lathe", "turns", "models", "into", "programs");

    private final @Nullable InputRoles roles;
    private final SymbolSizes sizes;
    private final long seed;

    /** {@code graph} tells the roles of the inputs; without it they are guessed from names and types. */
    public RandomInputs(@Nullable Graph graph, SymbolSizes sizes, long seed) {
        this.roles = graph == null ? null : new InputRoles(graph);
        this.sizes = sizes;
        this.seed = seed;
    }

    /** A value for {@code port}. */
    public Datum value(Port port) {
        Role role = roles != null
                ? roles.of(port.name())
                : port.name().contains("mask")
                                || port.type() instanceof TensorType t
                                        && t.element().isBool()
                        ? Role.MASK
                        : Role.ANY;
        return value(port.type(), role, new Random(seed * 31 + port.name().hashCode()));
    }

    private Datum value(Type type, Role role, Random random) {
        return switch (type) {
            case TensorType t -> tensor(t, role, random);
            case SequenceType s ->
                new Datum.Sequence(
                        s.element(), List.of(value(s.element(), role, random), value(s.element(), role, random)));
            case MapType m -> map(m, role, random);
            case OptionalType o -> new Datum.Maybe(o.element(), Optional.of(value(o.element(), role, random)));
        };
    }

    /** Some of the keys that count; where none are known, words, or the one that is the most likely. */
    private Datum.Mapping map(MapType type, Role role, Random random) {
        List<Object> keys = new ArrayList<>();
        if (role instanceof Role.Keys(Tensor known)) {
            for (long i = 0; i < known.size(); i++) {
                if (random.nextBoolean()) {
                    keys.add(MapKeys.of(known, i));
                }
            }
        } else if (type.key().isString()) {
            keys.addAll(WORDS);
        } else {
            keys.add(0L);
        }
        Map<Object, Datum> entries = new LinkedHashMap<>();
        keys.forEach(key -> entries.put(key, value(type.value(), Role.ANY, random)));
        return new Datum.Mapping(type.key(), type.value(), entries);
    }

    private Tensor tensor(TensorType type, Role role, Random random) {
        Tensor t = Tensor.zeros(type.element(), type.isRanked() ? sizes.sizes(type.shape()) : new long[] {1});
        switch (role) {
            case Role.Index(long size) -> {
                for (long i = 0; i < t.size(); i++) {
                    t.setLong(i, random.nextLong(Math.max(1, size)));
                }
            }
            case Role.Mask _ -> mask(t, random);
            case Role.Choice(Tensor choice) -> {
                for (long i = 0; i < t.size(); i++) {
                    t.setLong(i, choice.getLong(0));
                }
            }
            case Role.Any _, Role.Keys _ -> any(t, random);
        }
        return t;
    }

    /** Each row has at least one 1. */
    private static void mask(Tensor t, Random random) {
        long row = t.isScalar() ? 1 : Math.max(1, t.dim(-1));
        for (long start = 0; start < t.size(); start += row) {
            long ones = 1 + random.nextLong(row);
            for (long i = 0; i < ones; i++) {
                t.setLong(start + i, 1);
            }
        }
    }

    private static void any(Tensor t, Random random) {
        ElementType element = t.element();
        for (long i = 0; i < t.size(); i++) {
            switch (element.kind()) {
                case FLOAT -> t.setDouble(i, random.nextGaussian());
                case COMPLEX -> t.setComplex(i, random.nextGaussian(), random.nextGaussian());
                case TEXT -> t.setString(i, WORDS.get(random.nextInt(WORDS.size())));
                case BOOLEAN -> t.setLong(i, random.nextInt(2));
                // Bytes are pictures or quantized numbers; wider integers are more often small counts.
                case SIGNED, UNSIGNED -> t.setLong(i, element.bits() <= 8 ? random.nextInt() : random.nextInt(2));
            }
        }
    }
}
