package dev.lathe.frontend.onnx.node;

import com.google.protobuf.ByteString;
import dev.lathe.frontend.onnx.file.DeclaredTypes;
import dev.lathe.frontend.onnx.file.SparseTensors;
import dev.lathe.frontend.onnx.file.TensorDecoder;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.IntegerEntry;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.SequenceOf;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A node while it becomes ops: its operands as values, its attributes by name and type, and the builder that it is
 * lowered with.
 */
public final class OnnxNode {
    /** Where the ops go. */
    public final Builder b;

    final String type;
    public final int opset;
    public final List<Optional<Value>> inputs;
    /** How many results the model names. */
    public final int outputs;

    private final Map<String, AttributeProto> attributes;
    private final TensorDecoder decoder;
    private final Function<GraphProto, RegionImporter> regions;
    private final Recomputation recomputation;
    private final Branching branching;
    /** The sequences that are empty, or not yet filled, so that their type does not tell what they will hold. */
    private final Set<Value> openSequences;

    public OnnxNode(
            Builder b,
            String type,
            int opset,
            List<Optional<Value>> inputs,
            int outputs,
            Map<String, AttributeProto> attributes,
            TensorDecoder decoder,
            Function<GraphProto, RegionImporter> regions,
            Recomputation recomputation,
            Branching branching,
            Set<Value> openSequences) {
        this.b = b;
        this.type = type;
        this.opset = opset;
        this.inputs = inputs;
        this.outputs = outputs;
        this.attributes = attributes;
        this.decoder = decoder;
        this.regions = regions;
        this.recomputation = recomputation;
        this.branching = branching;
        this.openSequences = openSequences;
    }

    /** Makes a value of the graph around a node once more. */
    public interface Recomputation {
        Value recompute(Builder into, String name, List<String> from, List<Value> inputs);
    }

    /** Makes an If of two branches. */
    public interface Branching {
        List<Value> branch(Value condition, RegionImporter.Attempt yes, RegionImporter.Attempt no);
    }

    // Operands.

    public Value in(int i) {
        return opt(i).orElseThrow(() -> new InvalidOpException("operand " + i + " is missing"));
    }

    public Optional<Value> opt(int i) {
        return i < inputs.size() ? inputs.get(i) : Optional.empty();
    }

    /**
     * {@code name} of the graph around this node, computed in {@code into} from {@code inputs} in the place of the
     * values named {@code from}.
     */
    public Value recompute(Builder into, String name, List<String> from, List<Value> inputs) {
        return recomputation.recompute(into, name, from, inputs);
    }

    /**
     * The results of an If on {@code condition}, a bool scalar, of the graph around this node: undecided where the
     * branches differ.
     */
    public List<Value> branch(Value condition, RegionImporter.Attempt yes, RegionImporter.Attempt no) {
        return branching.branch(condition, yes, no);
    }

    /** Whether {@code v} is a sequence that is empty or not yet filled: what comes into it tells its type. */
    public boolean isOpen(Value v) {
        return openSequences.contains(v) || isEmpty(b, v);
    }

    /** Notes that {@code v} is as open as the sequence that it comes from. */
    public Value open(Value v) {
        openSequences.add(v);
        return v;
    }

    /** Whether {@code v} is a sequence made without items, of which only the element type is known. */
    public static boolean isEmpty(Builder b, Value v) {
        return v.type() instanceof SequenceType(TensorType item)
                && !item.isRanked()
                && b.definition(v, SequenceOf.class)
                        .filter(s -> s.items().isEmpty())
                        .isPresent();
    }

    /** This node with another operand {@code i}. */
    public OnnxNode with(int i, Value v) {
        List<Optional<Value>> changed = new ArrayList<>(inputs);
        changed.set(i, Optional.of(v));
        return new OnnxNode(
                b,
                type,
                opset,
                changed,
                outputs,
                attributes,
                decoder,
                regions,
                recomputation,
                branching,
                openSequences);
    }

    /** All operands, none of which may be absent. */
    public List<Value> all() {
        return IntStream.range(0, inputs.size()).mapToObj(this::in).toList();
    }

    TensorType tensorType(int i) {
        TensorType t = in(i).tensorType();
        if (!t.isRanked()) {
            throw new InvalidOpException("operand " + i
                    + " has no known rank: it is of any rank by its declaration, or one of several in a sequence of"
                    + " mixed ranks; fix the ranks of inputs with --shape input=1x576, or export the model with them");
        }
        return t;
    }

    public int rank(int i) {
        return tensorType(i).rank();
    }

    public Shape shape(int i) {
        return tensorType(i).shape();
    }

    public ElementType element(int i) {
        return in(i).tensorType().element();
    }

    /**
     * The integers that operand {@code i}, a vector or scalar, holds; each of which is read at run time into a new
     * symbol if it is not known.
     */
    public List<Dim> dims(int i) {
        return dims(in(i), "operand " + i);
    }

    /** As {@link #dims(int)}, for a value that {@code what} names. */
    public List<Dim> dims(Value v, String what) {
        Optional<List<Dim>> known = b.dims(v);
        if (known.isPresent()) {
            return known.get();
        }
        int count = entries(v, what);
        List<IntegerEntry> entries = b.entries(v).filter(e -> e.size() == count).orElseGet(() -> elements(v, count));
        return b.read(entries, "d");
    }

    private static List<IntegerEntry> elements(Value v, int count) {
        return IntStream.range(0, count)
                .<IntegerEntry>mapToObj(i -> new IntegerEntry.Element(v, i))
                .toList();
    }

    /** How many sizes or axes a value lists, which must be known: as many as a tensor may have. */
    public static int entries(Value v, String what) {
        Dim count = v.tensorType().shape().elements();
        if (!count.isConstant()) {
            throw new UnknownCountException(
                    v,
                    what + " has " + count
                            + " entries, a number that must be constant: fix it with --shape if it is the"
                            + " size of an input");
        }
        if (count.constant() > Check.MAX_RANK) {
            throw new InvalidOpException(
                    what + " has " + count + " entries, a number that must be constant and at most " + Check.MAX_RANK);
        }
        return (int) count.constant();
    }

    /** The single integer that operand {@code i} holds, as {@link #dims(int)}. */
    public Dim dim(int i) {
        List<Dim> all = dims(i);
        if (all.size() != 1) {
            throw new InvalidOpException("operand " + i + " must hold one number, but holds " + all.size());
        }
        return all.getFirst();
    }

    /** The integers that operand {@code i} holds, which must be known. */
    public List<Long> longs(int i) {
        return dims(i).stream()
                .map(d -> {
                    if (!d.isConstant()) {
                        throw new InvalidOpException("operand " + i + " must be constant, but holds " + d);
                    }
                    return d.constant();
                })
                .toList();
    }

    /** The tensor that operand {@code i} holds, which must be a constant. */
    public Tensor constant(int i) {
        return b.known(in(i)).orElseThrow(() -> new InvalidOpException("operand " + i + " must be a constant"));
    }

    // Attributes.

    public boolean has(String name) {
        return attributes.containsKey(name);
    }

    private Optional<AttributeProto> attribute(String name) {
        return Optional.ofNullable(attributes.get(name));
    }

    public long i(String name, long otherwise) {
        return attribute(name).map(AttributeProto::getI).orElse(otherwise);
    }

    /** An integer above 0 that the node must have. */
    public long size(String name) {
        long value = i(name, 0);
        if (value <= 0) {
            throw new InvalidOpException("attribute \"" + name + "\" is " + value + ", where a size is needed");
        }
        return value;
    }

    public boolean flag(String name, boolean otherwise) {
        return i(name, otherwise ? 1 : 0) != 0;
    }

    public float f(String name, float otherwise) {
        return attribute(name).map(AttributeProto::getF).orElse(otherwise);
    }

    public String s(String name, String otherwise) {
        return attribute(name).map(a -> a.getS().toStringUtf8()).orElse(otherwise);
    }

    /** A text that names a member of an enum, in any case. */
    public <E extends Enum<E>> E choice(String name, E otherwise) {
        String text = s(name, otherwise.name());
        E[] all = otherwise.getDeclaringClass().getEnumConstants();
        for (E e : all) {
            if (e.name().equalsIgnoreCase(text)) {
                return e;
            }
        }
        throw new InvalidOpException("attribute \"" + name + "\" is \"" + text + "\", which is none of "
                + Arrays.toString(all).toLowerCase(Locale.ROOT));
    }

    public Optional<List<Long>> ints(String name) {
        return attribute(name).map(AttributeProto::getIntsList).map(List::copyOf);
    }

    public Optional<List<Float>> floats(String name) {
        return attribute(name).map(AttributeProto::getFloatsList).map(List::copyOf);
    }

    public List<String> strings(String name) {
        return attribute(name)
                .map(a -> a.getStringsList().stream()
                        .map(ByteString::toStringUtf8)
                        .toList())
                .orElse(List.of());
    }

    public Optional<Tensor> tensor(String name) {
        return attribute(name).filter(AttributeProto::hasT).map(a -> decoder.decode(a.getT()));
    }

    /** A sparse tensor, made dense. */
    public Optional<Tensor> sparse(String name) {
        return attribute(name)
                .filter(AttributeProto::hasSparseTensor)
                .map(a -> SparseTensors.dense(a.getSparseTensor(), decoder));
    }

    /** A type of a container or tensor. */
    public Optional<Type> type(String name) {
        return attribute(name).filter(AttributeProto::hasTp).map(a -> DeclaredTypes.of(a.getTp(), "element", b));
    }

    /**
     * The type of an element taken out of a container by an op of {@code at}: its sizes are symbols that become known
     * with it, which are added to {@code bound}.
     */
    public static Type element(Type type, Builder at, List<String> bound) {
        if (!(type instanceof TensorType t) || !t.isRanked()) {
            return type;
        }
        List<Dim> dims = new ArrayList<>();
        for (Dim d : t.shape().dims()) {
            dims.add(d.isConstant() ? d : freshDim(at, bound));
        }
        return TensorType.of(t.element(), Shape.of(dims));
    }

    private static Dim freshDim(Builder at, List<String> bound) {
        String symbol = at.freshSymbol("d");
        for (int k = 0; bound.contains(symbol); k++) {
            symbol = at.freshSymbol("d" + k);
        }
        bound.add(symbol);
        return Dim.symbol(symbol);
    }

    public RegionImporter graph(String name) {
        AttributeProto a = attribute(name)
                .filter(AttributeProto::hasG)
                .orElseThrow(() -> new InvalidOpException("attribute \"" + name + "\" is missing"));
        return regions.apply(a.getG());
    }

    /** An axis in {@code [-rank, rank)} as one in {@code [0, rank)}. */
    public static int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new InvalidOpException("axis " + axis + " does not exist in a tensor of rank " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    public static List<Integer> axes(List<Long> axes, int rank) {
        return axes.stream().map(a -> axis(a, rank)).toList();
    }
}
