package dev.lathe.ir.op;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;

/**
 * All ops by their names in IR text: the core ops, found through the sealed families, and the composites of every
 * {@link OpProvider}.
 */
public final class OpCatalog {
    /** An op class and, if it is a family, the function that the name stands for. */
    public record Entry(OpSchema schema, Optional<OpFunction> function) {}

    private static final class Standard {
        static final OpCatalog INSTANCE = of(OpCatalog.class.getClassLoader());
    }

    private final List<Class<? extends Op>> ops;
    private final Map<String, Entry> entries;

    private OpCatalog(List<Class<? extends Op>> ops, Map<String, Entry> entries) {
        this.ops = Collections.unmodifiableList(ops);
        this.entries = Collections.unmodifiableMap(entries);
    }

    /** The ops that Lathe's own class loader sees. */
    public static OpCatalog standard() {
        return Standard.INSTANCE;
    }

    /**
     * The core ops, and the composites that {@code loader} finds.
     *
     * @throws IllegalArgumentException if two ops have the same name
     */
    public static OpCatalog of(ClassLoader loader) {
        List<Class<? extends Op>> ops = new ArrayList<>();
        collect(CoreOp.class, ops);
        ServiceLoader.load(OpProvider.class, loader).forEach(provider -> ops.addAll(provider.ops()));
        Map<String, Entry> entries = new TreeMap<>();
        for (Class<? extends Op> op : ops) {
            OpSchema schema = OpSchema.of(op);
            schema.functions().forEach(function -> {
                String name = function.map(OpFunction::mnemonic)
                        .orElse(schema.mnemonics().getFirst());
                Entry old = entries.put(name, new Entry(schema, function));
                if (old != null && old.schema != schema) {
                    throw new IllegalArgumentException("two ops are named " + name + ": "
                            + old.schema.opClass().getName() + " and " + op.getName());
                }
            });
        }
        return new OpCatalog(ops, entries);
    }

    private static void collect(Class<?> family, List<Class<? extends Op>> into) {
        if (family.isSealed()) {
            for (Class<?> member : family.getPermittedSubclasses()) {
                collect(member, into);
            }
        } else {
            into.add(family.asSubclass(Op.class));
        }
    }

    /** All op classes, core ops by family first. */
    public List<Class<? extends Op>> ops() {
        return ops;
    }

    /** All names with what they stand for, sorted. */
    public Map<String, Entry> entries() {
        return entries;
    }

    public Optional<Entry> find(String mnemonic) {
        return Optional.ofNullable(entries.get(mnemonic));
    }
}
