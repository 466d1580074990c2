package dev.lathe.ir.op;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a record class of ops tells about itself: its components, by which ops are printed, parsed, cloned and compared
 * without a line of code per op.
 */
public final class OpSchema {

    /** The role of a record component. */
    public enum Role {
        OPERAND,
        OPTIONAL_OPERAND,
        OPERAND_LIST,
        REGION,
        FUNCTION,
        ATTRIBUTE
    }

    /** A record component, or one of an {@link AttributeSet}: its name, role, and full Java type. */
    public record Component(String name, Role role, java.lang.reflect.Type type, MethodHandle accessor) {
        /** The name in IR text: {@code keep_dims} for {@code keepDims}. */
        public String textName() {
            return snakeCase(name);
        }

        public Object get(Op op) {
            try {
                return accessor.invoke(op);
            } catch (Throwable t) {
                throw new IllegalStateException("cannot read " + name, t);
            }
        }
    }

    /** An argument of the constructor: a component, or a set of {@code count} of them, which {@code set} makes. */
    private record Slot(Class<?> type, int count, @Nullable MethodHandle set) {}

    private static final ClassValue<OpSchema> CACHE = new ClassValue<>() {
        @Override
        protected OpSchema computeValue(Class<?> type) {
            return new OpSchema(type.asSubclass(Op.class));
        }
    };

    private final Class<? extends Op> opClass;
    private final List<Component> components;
    private final List<Slot> slots;
    private final MethodHandle constructor;
    private final String baseMnemonic;

    private OpSchema(Class<? extends Op> opClass) {
        if (!opClass.isRecord()) {
            throw new IllegalArgumentException(opClass.getName() + " is an op but not a record");
        }
        this.opClass = opClass;
        this.baseMnemonic = snakeCase(opClass.getSimpleName());
        try {
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            RecordComponent[] parts = opClass.getRecordComponents();
            List<Component> list = new ArrayList<>();
            List<Slot> arguments = new ArrayList<>();
            for (RecordComponent c : parts) {
                MethodHandle accessor = lookup.unreflect(c.getAccessor());
                if (AttributeSet.class.isAssignableFrom(c.getType())) {
                    RecordComponent[] set = c.getType().getRecordComponents();
                    for (RecordComponent member : set) {
                        MethodHandle of = lookup.unreflect(member.getAccessor());
                        list.add(new Component(
                                member.getName(),
                                Role.ATTRIBUTE,
                                member.getGenericType(),
                                MethodHandles.filterReturnValue(accessor, of)));
                    }
                    arguments.add(new Slot(c.getType(), set.length, constructor(lookup, c.getType(), set)));
                } else {
                    list.add(new Component(c.getName(), role(c), c.getGenericType(), accessor));
                    arguments.add(new Slot(c.getType(), 1, null));
                }
            }
            this.components = List.copyOf(list);
            this.slots = List.copyOf(arguments);
            this.constructor = constructor(lookup, opClass, parts);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(opClass.getName() + " must be a public record", e);
        }
    }

    private static MethodHandle constructor(MethodHandles.Lookup lookup, Class<?> type, RecordComponent[] parts)
            throws ReflectiveOperationException {
        Class<?>[] types = Arrays.stream(parts).map(RecordComponent::getType).toArray(Class<?>[]::new);
        return lookup.findConstructor(type, MethodType.methodType(void.class, types))
                .asSpreader(Object[].class, types.length);
    }

    public static OpSchema of(Class<? extends Op> opClass) {
        return CACHE.get(opClass);
    }

    private static Role role(RecordComponent c) {
        if (c.getType() == Value.class) {
            return Role.OPERAND;
        }
        if (c.getType() == Graph.class) {
            return Role.REGION;
        }
        if (OpFunction.class.isAssignableFrom(c.getType())) {
            return Role.FUNCTION;
        }
        if (c.getGenericType() instanceof ParameterizedType p && p.getActualTypeArguments()[0] == Value.class) {
            return c.getType() == Optional.class ? Role.OPTIONAL_OPERAND : Role.OPERAND_LIST;
        }
        return Role.ATTRIBUTE;
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }

    public Class<? extends Op> opClass() {
        return opClass;
    }

    public List<Component> components() {
        return components;
    }

    /** All names under which ops of this class appear in IR text: one, or one for each function of the family. */
    public List<String> mnemonics() {
        return functions()
                .map(f -> f.map(OpFunction::mnemonic).orElse(baseMnemonic))
                .toList();
    }

    /** The functions of the family, or one empty entry for a class that is no family. */
    public Stream<Optional<OpFunction>> functions() {
        for (Component c : components) {
            if (c.role == Role.FUNCTION) {
                return Stream.of(((Class<?>) c.type).getEnumConstants()).map(f -> Optional.of((OpFunction) f));
            }
        }
        return Stream.of(Optional.empty());
    }

    String mnemonic(Op op) {
        for (Component c : components) {
            if (c.role == Role.FUNCTION) {
                return ((OpFunction) c.get(op)).mnemonic();
            }
        }
        return baseMnemonic;
    }

    /** A new op of this class from its components in order. */
    public Op create(Object... values) {
        Object[] arguments = new Object[slots.size()];
        int at = 0;
        for (int i = 0; i < arguments.length; i++) {
            Slot slot = slots.get(i);
            MethodHandle set = slot.set;
            arguments[i] = set == null ? values[at] : make(set, Arrays.copyOfRange(values, at, at + slot.count));
            at += slot.count;
        }
        return (Op) make(constructor, arguments);
    }

    private Object make(MethodHandle made, Object[] values) {
        try {
            return made.invoke(values);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("cannot create " + opClass.getName(), t);
        }
    }

    /** The Java expression that makes an op, given those of its components in order. */
    public String source(List<String> components) {
        List<String> arguments = new ArrayList<>();
        int at = 0;
        for (Slot slot : slots) {
            List<String> own = components.subList(at, at + slot.count);
            arguments.add(slot.set == null ? own.getFirst() : created(slot.type, own));
            at += slot.count;
        }
        return created(opClass, arguments);
    }

    private static String created(Class<?> type, List<String> arguments) {
        return "new " + type.getCanonicalName() + "(" + String.join(", ", arguments) + ")";
    }

    @SuppressWarnings("unchecked")
    List<Value> operands(Op op) {
        List<Value> all = new ArrayList<>();
        for (Component c : components) {
            switch (c.role) {
                case OPERAND -> all.add((Value) c.get(op));
                case OPTIONAL_OPERAND -> ((Optional<Value>) c.get(op)).ifPresent(all::add);
                case OPERAND_LIST -> all.addAll((List<Value>) c.get(op));
                case REGION, FUNCTION, ATTRIBUTE -> {}
            }
        }
        return all;
    }

    List<Graph> regions(Op op) {
        List<Graph> all = new ArrayList<>();
        for (Component c : components) {
            if (c.role == Role.REGION) {
                all.add((Graph) c.get(op));
            }
        }
        return all;
    }

    List<Value> dependencies(Op op) {
        List<Graph> regions = regions(op);
        if (regions.isEmpty()) {
            return operands(op);
        }
        Set<Value> all = new LinkedHashSet<>(operands(op));
        regions.forEach(r -> all.addAll(r.captures()));
        return new ArrayList<>(all);
    }

    @SuppressWarnings("unchecked")
    Op map(Op op, UnaryOperator<Value> operand, UnaryOperator<Graph> region, UnaryOperator<Dim> dim) {
        Object[] values = new Object[components.size()];
        boolean changed = false;
        for (int i = 0; i < values.length; i++) {
            Component c = components.get(i);
            Object old = c.get(op);
            values[i] = switch (c.role) {
                case OPERAND -> operand.apply((Value) old);
                case OPTIONAL_OPERAND -> ((Optional<Value>) old).map(operand);
                case OPERAND_LIST -> ((List<Value>) old).stream().map(operand).toList();
                case REGION -> region.apply((Graph) old);
                case FUNCTION -> old;
                case ATTRIBUTE -> mapDims(old, dim);
            };
            changed |= !values[i].equals(old);
        }
        return changed ? create(values) : op;
    }

    /** {@code op} with the symbols that it uses and binds renamed; those in its regions and operands are theirs. */
    Op rename(Op op, UnaryOperator<String> name) {
        List<String> binds = op.binds();
        Object[] values = new Object[components.size()];
        for (int i = 0; i < values.length; i++) {
            Object old = components.get(i).get(op);
            boolean listsSymbols = !binds.isEmpty() && old.equals(binds);
            values[i] = components.get(i).role != Role.ATTRIBUTE
                    ? old
                    : listsSymbols ? binds.stream().map(name).toList() : mapDims(old, d -> d.rename(name));
        }
        return create(values);
    }

    private static Object mapDims(Object attribute, UnaryOperator<Dim> dim) {
        return switch (attribute) {
            case Dim d -> dim.apply(d);
            case Shape s -> s.map(dim);
            case Type t -> t.mapDims(dim);
            case List<?> l -> l.stream().map(x -> mapDims(x, dim)).toList();
            default -> attribute;
        };
    }

    /** The names of the symbols in the attributes of {@code op}. */
    public Set<String> attributeSymbols(Op op) {
        Set<String> symbols = new LinkedHashSet<>();
        for (Component c : components) {
            if (c.role == Role.ATTRIBUTE) {
                mapDims(c.get(op), d -> {
                    d.collectSymbols(symbols);
                    return d;
                });
            }
        }
        return symbols;
    }
}
