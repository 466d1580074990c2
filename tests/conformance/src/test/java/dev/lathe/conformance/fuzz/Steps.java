package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.op.*;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What a graph is made of: elementwise ops and any op of the catalog; the other kinds have classes of their own. */
final class Steps {
    /** The steps of everyday models, the more frequent ones several times. */
    static final List<Consumer<GraphGenerator>> EVERYDAY = Stream.of(
                    List.<Consumer<GraphGenerator>>of(
                            Steps::unary,
                            Steps::unary,
                            Steps::binary,
                            Steps::binary,
                            Steps::binary,
                            Steps::binary,
                            Steps::compare,
                            Steps::select,
                            Steps::cast),
                    LayerSteps.ALL,
                    ShapeSteps.ALL,
                    DataSteps.ALL)
            .flatMap(List::stream)
            .toList();

    /** All kinds of steps. */
    static final List<Consumer<GraphGenerator>> ALL = Stream.of(
                    EVERYDAY,
                    List.<Consumer<GraphGenerator>>of(Steps::any, Steps::any, Steps::any),
                    CompositeSteps.ALL,
                    VisionSteps.ALL,
                    ContainerSteps.ALL,
                    TextSteps.ALL)
            .flatMap(List::stream)
            .toList();

    private Steps() {}

    private static void unary(GraphGenerator g) {
        for (int i = g.random.nextInt(3); i >= 0; i--) {
            g.attempt(h -> h.add(new Unary(h.pick(List.of(UnaryFunction.values())), h.pick())));
        }
    }

    /** A constant or value that broadcasts with {@code x}. */
    static Value partner(GraphGenerator g, Value x) {
        TensorType t = x.tensorType();
        return switch (g.random.nextInt(5)) {
            case 0 -> g.scalar(x, g.pick(List.of(0.0, 1.0, 2.0, -1.0, 0.5, 3.0)));
            case 1, 2 -> g.pick(o -> o.element() == t.element());
            default -> {
                int rank = g.random.nextInt(t.rank() + 1);
                long[] dims = new long[rank];
                for (int i = 0; i < rank; i++) {
                    Dim d = t.dim(t.rank() - rank + i);
                    dims[i] = !d.isConstant() || g.chance(3) ? 1 : d.constant();
                }
                yield g.constant(g.tensor(t.element(), dims));
            }
        };
    }

    static void binary(GraphGenerator g) {
        Value x = g.pick();
        Value y = partner(g, x);
        boolean swap = g.random.nextBoolean();
        BinaryFunction f = g.chance(2)
                ? g.pick(List.of(BinaryFunction.ADD, BinaryFunction.MULTIPLY, BinaryFunction.SUBTRACT))
                : g.pick(List.of(BinaryFunction.values()));
        if (f == BinaryFunction.DIVIDE && x.tensorType().element().isFloat()) {
            Value d = swap ? x : y;
            Value safe =
                    g.add(new Binary(BinaryFunction.ADD, g.add(new Unary(UnaryFunction.ABS, d)), g.scalar(d, 0.5)));
            g.add(new Binary(f, swap ? y : x, safe));
            return;
        }
        g.add(swap ? new Binary(f, y, x) : new Binary(f, x, y));
    }

    private static void compare(GraphGenerator g) {
        Value x = g.pick(t -> true);
        g.add(new Compare(g.pick(List.of(Comparison.values())), x, partner(g, x)));
    }

    private static void select(GraphGenerator g) {
        Value c = g.pick(t -> t.element().isBool());
        Value x = g.pick();
        g.add(new Select(c, x, partner(g, x)));
    }

    private static void cast(GraphGenerator g) {
        g.add(new Cast(
                g.pick(),
                g.pick(List.of(
                        ElementType.F32,
                        ElementType.F32,
                        ElementType.F64,
                        ElementType.F16,
                        ElementType.I64,
                        ElementType.I32,
                        ElementType.U8,
                        ElementType.I8,
                        ElementType.BOOL,
                        g.everyday ? ElementType.F32 : g.pick(List.of(ElementType.values())))),
                !g.chance(8)));
    }

    /** Any op of the catalog without regions, its components filled at random. */
    private static void any(GraphGenerator g) {
        List<OpCatalog.Entry> entries =
                List.copyOf(OpCatalog.standard().entries().values());
        for (int i = 0; i < 60; i++) {
            OpCatalog.Entry entry = g.pick(entries);
            OpSchema schema = entry.schema();
            if (Stream.of(Constant.class, Fail.class, ImageDecode.class, Range.class, Quantize.class, Dequantize.class)
                            .anyMatch(c -> c == schema.opClass())
                    || Text.class.isAssignableFrom(schema.opClass())
                    || Container.class.isAssignableFrom(schema.opClass())
                    || dev.lathe.ir.op.Random.class.isAssignableFrom(schema.opClass())
                    || schema.components().stream().anyMatch(c -> c.role() == OpSchema.Role.REGION)) {
                continue;
            }
            boolean[] done = {false};
            g.attempt(h -> {
                Value first = h.pick();
                Object[] values = schema.components().stream()
                        .map(c -> component(h, c, entry, first))
                        .toArray();
                h.addAll(schema.create(values));
                done[0] = true;
            });
            if (done[0]) {
                return;
            }
        }
    }

    private static Object component(GraphGenerator g, OpSchema.Component c, OpCatalog.Entry entry, Value first) {
        return switch (c.role()) {
            case FUNCTION -> entry.function().orElseThrow();
            case OPERAND -> g.random.nextBoolean() ? first : g.pick();
            case OPTIONAL_OPERAND -> g.random.nextBoolean() ? Optional.empty() : Optional.of(g.pick());
            case OPERAND_LIST -> List.of(first, g.random.nextBoolean() ? first : g.pick());
            case ATTRIBUTE -> attribute(g, c.type(), first.tensorType());
            case REGION -> throw GraphGenerator.refuse("a region");
        };
    }

    private static Object attribute(GraphGenerator g, java.lang.reflect.Type type, TensorType like) {
        if (type instanceof java.lang.reflect.ParameterizedType p) {
            java.lang.reflect.Type item = p.getActualTypeArguments()[0];
            if (p.getRawType() == Optional.class) {
                return g.random.nextBoolean() ? Optional.empty() : Optional.of(attribute(g, item, like));
            }
            int size = Math.max(0, like.rank() + g.pick(List.of(0, 0, 0, -2, -2, -1)));
            List<Object> items = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                items.add(attribute(g, item, like));
            }
            return items;
        }
        Class<?> c = (Class<?>) type;
        if (c.isEnum()) {
            return g.pick(List.of(c.getEnumConstants()));
        }
        return switch (c.getSimpleName()) {
            case "int", "Integer" -> g.random.nextInt(Math.max(1, like.rank()));
            case "long", "Long" -> (long) g.random.nextInt(3) + 1;
            case "double", "Double" -> g.pick(List.of(0.0, 1e-5, 1.0, -0.75, 0.5));
            case "boolean", "Boolean" -> g.random.nextBoolean();
            case "String" -> g.freshSymbol();
            case "Dim" -> g.chance(4) ? Dim.symbol(g.freshSymbol()) : Dim.of(g.random.nextInt(3));
            case "Shape" -> g.random.nextBoolean() ? like.shape() : g.shape(like.rank());
            case "ElementType" -> g.pick(List.of(ElementType.F32, ElementType.I64));
            case "Type", "TensorType" -> like;
            default -> throw GraphGenerator.refuse("no random " + c);
        };
    }

    static Value shaped(GraphGenerator g, Value x, Dim... dims) {
        return g.add(new Reshape(x, Shape.of(List.of(dims))));
    }
}
