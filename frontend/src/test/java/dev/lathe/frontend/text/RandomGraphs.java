package dev.lathe.frontend.text;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpCatalog;
import dev.lathe.ir.op.OpSchema.Component;
import dev.lathe.ir.op.OpSchema.Role;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Valid graphs of any op there is: components are filled at random, and what the op does not accept is thrown away. */
final class RandomGraphs {
    private static final List<String> NAMES =
            List.of("x", "y", "x_1", "", "odd name", "12", "a/b:0", "graph", "\"\\\n", "é");
    private static final List<ElementType> ELEMENTS =
            List.of(ElementType.F32, ElementType.F32, ElementType.F32, ElementType.I64, ElementType.BOOL);

    private final Random random;
    private final List<OpCatalog.Entry> ops =
            List.copyOf(OpCatalog.standard().entries().values());
    private final List<Value> pool = new ArrayList<>();
    private int symbols;

    private RandomGraphs(Random random) {
        this.random = random;
    }

    static Graph graph(Random random) {
        return new RandomGraphs(random).build();
    }

    private Graph build() {
        Builder b = Builder.graph(pick(NAMES));
        for (int i = 0; i <= random.nextInt(3); i++) {
            pool.add(b.input("in" + i + pick(NAMES), anyType()));
        }
        for (int i = 0; i < 12; i++) {
            location(b);
            pool.add(add(b, new Constant(tensor())).getFirst());
            op(b);
            region(b);
        }
        List<Value> outputs = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < random.nextInt(4); i++) {
            Value v = pick(pool);
            outputs.add(v);
            names.add(v.name().isEmpty() || random.nextBoolean() || names.contains(v.name()) ? "out " + i : v.name());
        }
        return b.build(outputs, names);
    }

    private void location(Builder b) {
        Location at = Location.NONE;
        for (int i = random.nextInt(3); i > 0; i--) {
            at = at.and(Location.of(
                    pick(NAMES),
                    pick(List.of("MatMul", "ai.onnx.ml:Scaler", "odd \"op", "a::b")),
                    random.nextInt(30) - 1));
        }
        b.at(at);
    }

    /** A node as it is: a builder would compute constants at once. */
    private List<Value> add(Builder b, Op op) {
        List<Value> results = op.infer(Check.INSTANCE).stream()
                .map(t -> new Value(pick(NAMES), t))
                .toList();
        b.reuse(new Node(op, results, b.location()));
        return results;
    }

    private void op(Builder b) {
        for (int i = 0; i < 200; i++) {
            OpCatalog.Entry entry = pick(ops);
            if (entry.schema().opClass() == Constant.class
                    || entry.schema().components().stream().anyMatch(c -> c.role() == Role.REGION)) {
                continue;
            }
            Value first = pick(pool);
            Object[] values = entry.schema().components().stream()
                    .map(c -> component(c, entry, first))
                    .toArray();
            try {
                Op op = entry.schema().create(values);
                if (!op.infer(Check.INSTANCE).stream()
                        .allMatch(t -> t instanceof TensorType tensor && tensor.isRanked())) {
                    continue;
                }
                Set<String> bound = new HashSet<>(op.binds());
                if (bound.size() == op.binds().size()
                        && !(op.infer(Check.INSTANCE).isEmpty() && bound.isEmpty())
                        && bound.stream().noneMatch(b::knows)
                        && knowsAll(b, op, bound)) {
                    pool.addAll(add(b, op));
                    return;
                }
            } catch (InvalidOpException | ArithmeticException e) {
                // the usual fate
            }
        }
    }

    private static boolean knowsAll(Builder b, Op op, Set<String> bound) {
        Set<String> used =
                new HashSet<>(dev.lathe.ir.op.OpSchema.of(op.getClass()).attributeSymbols(op));
        op.infer(Check.INSTANCE).forEach(t -> t.collectSymbols(used));
        return used.stream().allMatch(s -> bound.contains(s) || b.knows(s));
    }

    private void region(Builder b) {
        Value v = pick(pool);
        if (!(v.type() instanceof TensorType t) || t.element() != ElementType.F32) {
            return;
        }
        Builder inner = b.region("body");
        switch (random.nextInt(4)) {
            case 0 -> {
                Builder other = b.region("other");
                Value then = add(inner, new Unary(UnaryFunction.EXP, v)).getFirst();
                Value condition = add(b, new Constant(Tensor.scalar(random.nextBoolean())))
                        .getFirst();
                Graph thenBranch = inner.build(List.of(then), List.of(""));
                Graph elseBranch = other.build(List.of(v), List.of("v"));
                pool.addAll(add(b, new If(condition, thenBranch, elseBranch, List.of(t), List.of())));
            }
            case 1 -> {
                Value in = inner.input(pick(NAMES), t);
                Value y = add(inner, new Unary(UnaryFunction.RELU, in)).getFirst();
                pool.addAll(add(b, new Fused(List.of(v), inner.build(y))));
            }
            case 2 -> {
                inner.input("", TensorType.scalar(ElementType.I64));
                Value go = inner.input("go", TensorType.scalar(ElementType.BOOL));
                Value in = inner.input("in", t);
                Value y = add(inner, new Unary(UnaryFunction.RELU, in)).getFirst();
                Value trips = add(b, new Constant(Tensor.scalar(3L))).getFirst();
                pool.addAll(add(
                        b,
                        new Loop(
                                Optional.of(trips),
                                Optional.empty(),
                                List.of(v),
                                inner.build(go, y),
                                List.of(t),
                                List.of())));
            }
            default -> {}
        }
    }

    private Object component(Component c, OpCatalog.Entry entry, Value first) {
        return switch (c.role()) {
            case FUNCTION -> entry.function().orElseThrow();
            case OPERAND -> random.nextBoolean() ? first : pick(pool);
            case OPTIONAL_OPERAND -> random.nextBoolean() ? Optional.empty() : Optional.of(pick(pool));
            case OPERAND_LIST -> List.of(first, random.nextBoolean() ? first : pick(pool));
            case ATTRIBUTE ->
                attribute(
                        c.type(),
                        first.type() instanceof TensorType t && t.isRanked() ? t : TensorType.scalar(ElementType.F32));
            case REGION -> throw new IllegalStateException("ops with regions are made elsewhere");
        };
    }

    private Object attribute(Type type, TensorType like) {
        if (type instanceof ParameterizedType p) {
            Type item = p.getActualTypeArguments()[0];
            if (p.getRawType() == Optional.class) {
                return random.nextBoolean() ? Optional.empty() : Optional.of(attribute(item, like));
            }
            int size = like.rank() + pick(List.of(0, 0, 0, -2, 1));
            if (item == Integer.class && random.nextBoolean()) {
                List<Integer> perm = new ArrayList<>();
                for (int i = 0; i < like.rank(); i++) {
                    perm.add(i);
                }
                java.util.Collections.shuffle(perm, random);
                return perm;
            }
            List<Object> items = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                items.add(attribute(item, like));
            }
            return items;
        }
        Class<?> c = (Class<?>) type;
        if (c.isEnum()) {
            return pick(List.of(c.getEnumConstants()));
        }
        return switch (c.getSimpleName()) {
            case "int", "Integer" -> random.nextInt(4);
            case "long", "Long" -> (long) random.nextInt(3) + 1;
            case "double", "Double" ->
                pick(List.of(0.0, -0.0, 1e-5, 1.0, -3.5e300, Double.NaN, Double.NEGATIVE_INFINITY, Double.MIN_VALUE));
            case "boolean", "Boolean" -> random.nextBoolean();
            case "String" -> "s" + symbols++;
            case "Dim" ->
                random.nextInt(4) == 0
                        ? Dim.signedSymbol("c" + symbols++)
                        : random.nextBoolean() ? Dim.of(random.nextInt(3)) : dim();
            case "Shape" -> random.nextBoolean() ? like.shape() : type().shape();
            case "Type" -> anyType();
            case "TensorType" -> type();
            default -> throw new IllegalStateException("no random " + c);
        };
    }

    private dev.lathe.ir.type.Type anyType() {
        return switch (random.nextInt(6)) {
            case 0 -> new SequenceType(anyType());
            case 1 -> new MapType(pick(List.of(ElementType.STRING, ElementType.I64, ElementType.U8)), anyType());
            case 2 -> new OptionalType(anyType());
            default -> type();
        };
    }

    private TensorType type() {
        List<Dim> dims = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            dims.add(dim());
        }
        return TensorType.of(pick(ELEMENTS), Shape.of(dims));
    }

    private Dim dim() {
        Dim n = Dim.symbol(pick(List.of("n", "m", "odd dim", "max", "at")));
        return switch (random.nextInt(9)) {
            case 0 -> n;
            case 1 -> n.times(2).plus(1);
            case 2 -> n.floorDiv(Dim.of(3)).max(Dim.symbol("n"));
            case 3 -> n.times(Dim.symbol("m")).minus(n).floorDiv(Dim.symbol("n").plus(1));
            case 4 -> n.min(Dim.of(7)).plus(n);
            default -> Dim.of(random.nextInt(4) + 1);
        };
    }

    private Tensor tensor() {
        ElementType element = random.nextInt(3) > 0 ? pick(ELEMENTS) : pick(List.of(ElementType.values()));
        long[] dims = new long[random.nextInt(4)];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = random.nextInt(5);
        }
        Tensor t = Tensor.zeros(element, dims);
        boolean uniform = random.nextInt(3) == 0;
        for (int i = 0; i < t.size(); i++) {
            if (uniform && i > 0) {
                t.copyElement(i, t, 0);
            } else if (element.isString()) {
                t.setString(i, pick(NAMES));
            } else if (element.isBool()) {
                t.setLong(i, random.nextInt(2));
            } else if (element.isComplex()) {
                t.setComplex(i, random.nextGaussian(), random.nextInt(3));
            } else if (random.nextBoolean()) {
                t.setBits(i, random.nextLong());
            } else {
                t.setDouble(
                        i,
                        pick(List.of(
                                0.0, -0.0, 1.0, 0.1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)));
            }
        }
        if (element.bits() > 0 && element.bits() < 8 && t.byteSize() > 0) {
            clearPadding(t);
        }
        return t;
    }

    /** Bits after the last element are not part of the tensor. */
    private static void clearPadding(Tensor t) {
        long used = t.size() * t.element().bits() - 8 * (t.byteSize() - 1);
        byte last = t.data().get(ValueLayout.JAVA_BYTE, t.byteSize() - 1);
        t.data().set(ValueLayout.JAVA_BYTE, t.byteSize() - 1, (byte) (last & (1 << used) - 1));
    }

    private <T> T pick(List<T> items) {
        return items.get(random.nextInt(items.size()));
    }
}
