package dev.lathe.runtime.input;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;

/**
 * Values that are valid for an input that nobody gives: token ids within the table that they index, ones for a mask,
 * numbers of the normal distribution otherwise; for a map some of the keys that are looked up; nothing for an
 * optional. The same seed gives the same values.
 */
public final class RandomInputs {
    private static final List<String> WORDS = List.of("lathe", "turns", "models", "into", "programs");

    private final Function<String, InputRole> roles;
    private final SymbolSizes sizes;
    private final long seed;

    public RandomInputs(Function<String, InputRole> roles, SymbolSizes sizes, long seed) {
        this.roles = roles;
        this.sizes = sizes;
        this.seed = seed;
    }

    /** A value for {@code port}. */
    public Datum value(Port port) {
        InputRole role = roles.apply(port.name());
        Random random = new Random(seed * 31 + port.name().hashCode());
        return port.type() instanceof TensorType t && !t.isRanked()
                ? tensor(t.element(), sizes.unranked(port.name()), role, random)
                : value(port.type(), role, random);
    }

    /** What {@code value} of {@link #value} is, in a few words. */
    String describe(Port port, Datum value) {
        if (port.type() instanceof OptionalType) {
            return "absent, " + port.type();
        }
        String type =
                value instanceof Tensor t ? t.type().toString() : port.type().toString();
        return switch (roles.apply(port.name())) {
            case InputRole.Mask _ -> "ones, " + type;
            case InputRole.Choice(long choice) -> choice + ", " + type;
            default -> "random, " + type + ", seed " + seed;
        };
    }

    private Datum value(Type type, InputRole role, Random random) {
        return switch (type) {
            case TensorType t -> tensor(t, role, random);
            case SequenceType s ->
                new Datum.Sequence(
                        s.element(), List.of(value(s.element(), role, random), value(s.element(), role, random)));
            case MapType m -> map(m, role, random);
            case OptionalType o -> new Datum.Maybe(o.element(), Optional.empty());
        };
    }

    /** Some of the keys that count; where none are known, words, or the one that is the most likely. */
    private Datum.Mapping map(MapType type, InputRole role, Random random) {
        List<Object> keys = new ArrayList<>();
        if (role instanceof InputRole.Keys(List<Object> known)) {
            for (Object key : known) {
                if (random.nextBoolean()) {
                    keys.add(key);
                }
            }
        } else if (type.key().isString()) {
            keys.addAll(WORDS);
        } else {
            keys.add(0L);
        }
        Map<Object, Datum> entries = new LinkedHashMap<>();
        for (Object key : keys) {
            entries.put(key, value(type.value(), InputRole.ANY, random));
        }
        return new Datum.Mapping(type.key(), type.value(), entries);
    }

    private Tensor tensor(TensorType type, InputRole role, Random random) {
        return tensor(type.element(), type.isRanked() ? sizes.sizes(type.shape()) : new long[] {1}, role, random);
    }

    private static Tensor tensor(ElementType element, long[] dims, InputRole role, Random random) {
        Tensor t = zeros(element, dims);
        for (long i = 0; i < t.size(); i++) {
            switch (role) {
                case InputRole.Index(long size) -> t.setLong(i, random.nextLong(Math.max(1, size)));
                case InputRole.Mask _ -> one(t, i);
                case InputRole.Choice(long choice) -> t.setLong(i, choice);
                case InputRole.Any _, InputRole.Keys _ -> any(t, i, random);
            }
        }
        return t;
    }

    private static void one(Tensor t, long i) {
        if (t.element().isFloat()) {
            t.setDouble(i, 1);
        } else {
            t.setLong(i, 1);
        }
    }

    private static void any(Tensor t, long i, Random random) {
        ElementType element = t.element();
        switch (element.kind()) {
            case FLOAT -> t.setDouble(i, random.nextGaussian());
            case COMPLEX -> t.setComplex(i, random.nextGaussian(), random.nextGaussian());
            case TEXT -> t.setString(i, WORDS.get(random.nextInt(WORDS.size())));
            case BOOLEAN -> t.setLong(i, random.nextInt(2));
            // Bytes are images or quantized numbers; wider integers are more often small counts.
            case SIGNED, UNSIGNED -> t.setLong(i, element.bits() <= 8 ? random.nextInt() : random.nextInt(2));
        }
    }

    private static Tensor zeros(ElementType element, long[] dims) {
        try {
            return Tensor.zeros(element, dims);
        } catch (LatheException | IllegalArgumentException e) {
            throw new LatheException(Diagnostic.error(
                    "input.too-large",
                    "a random tensor " + element.text() + Arrays.toString(dims) + " does not fit into the Java heap",
                    "give a smaller shape, or the JVM more memory with -Xmx"));
        }
    }
}
