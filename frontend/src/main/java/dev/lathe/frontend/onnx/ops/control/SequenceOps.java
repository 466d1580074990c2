package dev.lathe.frontend.onnx.ops.control;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.node.JoinedTypes;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.node.RegionImporter;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OptionalGet;
import dev.lathe.ir.op.OptionalHas;
import dev.lathe.ir.op.OptionalOf;
import dev.lathe.ir.op.SequenceAt;
import dev.lathe.ir.op.SequenceConcat;
import dev.lathe.ir.op.SequenceErase;
import dev.lathe.ir.op.SequenceInsert;
import dev.lathe.ir.op.SequenceLength;
import dev.lathe.ir.op.SequenceOf;
import dev.lathe.ir.op.SequenceSplit;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Sequences and optional values. */
public final class SequenceOps {
    private SequenceOps() {}

    public static void addTo(Operators t) {
        t.on("SequenceEmpty")
                .since(
                        11,
                        n -> n.b.add(new SequenceOf(List.of(), TensorType.unranked(ElementTypes.of(n.i("dtype", 1))))));
        t.on("SequenceConstruct").since(11, n -> {
            List<Value> items = n.all();
            Type item = items.stream()
                    .map(Value::type)
                    .reduce(JoinedTypes::elements)
                    .orElseThrow(() -> new InvalidOpException("it has no operands"));
            return n.b.add(new SequenceOf(items, item));
        });
        t.on("SequenceAt").since(11, SequenceOps::at);
        t.on("SequenceInsert").since(11, n -> {
            // A sequence that is not filled yet says only the element type; what comes into it says more.
            Type item = n.isOpen(n.in(0))
                    ? n.in(1).type()
                    : JoinedTypes.elements(item(n, 0), n.in(1).type());
            return n.b.add(new SequenceInsert(n.in(0), n.in(1), n.opt(2), item));
        });
        t.on("SequenceErase").since(11, n -> {
            Value shorter = n.b.add(new SequenceErase(n.in(0), n.opt(1)));
            return n.isOpen(n.in(0)) ? n.open(shorter) : shorter;
        });
        t.on("SequenceLength").since(11, n -> n.b.add(new SequenceLength(n.in(0))));
        t.on("SplitToSequence")
                .since(
                        11,
                        n -> n.b.add(new SequenceSplit(
                                n.in(0),
                                n.opt(1),
                                OnnxNode.axis(n.i("axis", 0), n.rank(0)),
                                n.flag("keepdims", true))));
        t.on("ConcatFromSequence").since(11, SequenceOps::concat);
        t.on("SequenceMap").sinceAll(17, SequenceOps::map);
        t.on("Optional").since(15, SequenceOps::optional);
        t.on("OptionalGetElement").since(15, SequenceOps::get);
        t.on("OptionalHasElement").since(15, SequenceOps::has);
    }

    /** The type of the items of operand {@code i}, a sequence. */
    private static Type item(OnnxNode n, int i) {
        if (n.in(i).type() instanceof SequenceType(Type item)) {
            return item;
        }
        throw new InvalidOpException(
                "operand " + i + " is no sequence, but " + n.in(i).type());
    }

    private static Value at(OnnxNode n) {
        Type item = item(n, 0);
        Optional<List<Value>> items = items(n.b, n.in(0));
        Optional<Value> known = items.flatMap(all ->
                place(n.b, Optional.of(n.in(1)), all.size(), 0, all.size() - 1).map(all::get));
        if (known.isPresent()) {
            return known.get();
        }
        List<String> bound = new ArrayList<>();
        return n.b.add(new SequenceAt(n.in(0), n.in(1), OnnxNode.element(item, n.b, bound), bound));
    }

    /** The items of a sequence that is made of known values, one by one. */
    private static Optional<List<Value>> items(Builder b, Value sequence) {
        Optional<Op> op = b.definition(sequence).map(Node::op);
        if (op.isEmpty()) {
            return Optional.empty();
        }
        return switch (op.get()) {
            case SequenceOf s -> Optional.of(s.items());
            case SequenceInsert s ->
                items(b, s.sequence())
                        .flatMap(items -> place(b, s.index(), items.size(), items.size(), items.size())
                                .map(at -> {
                                    List<Value> longer = new ArrayList<>(items);
                                    longer.add(at, s.item());
                                    return longer;
                                }));
            case SequenceErase s ->
                items(b, s.sequence())
                        .flatMap(items -> place(b, s.index(), items.size(), items.size() - 1, items.size() - 1)
                                .map(at -> {
                                    List<Value> shorter = new ArrayList<>(items);
                                    shorter.remove((int) at);
                                    return shorter;
                                }));
            default -> Optional.empty();
        };
    }

    /**
     * The place that an index into {@code count} items means, {@code absent} if there is none; none if it is not
     * known or past {@code last}.
     */
    private static Optional<Integer> place(Builder b, Optional<Value> index, int count, int absent, int last) {
        Optional<Long> given = index.isEmpty()
                ? Optional.of((long) absent)
                : index.flatMap(b::dims)
                        .map(List::getFirst)
                        .filter(Dim::isConstant)
                        .map(Dim::constant);
        return given.map(i -> i < 0 ? i + count : i)
                .filter(i -> i >= 0 && i <= last)
                .map(Long::intValue);
    }

    private static Value concat(OnnxNode n) {
        if (!(item(n, 0) instanceof TensorType item) || !item.isRanked()) {
            throw new InvalidOpException("the items of " + n.in(0).type()
                    + " are of ranks that are not known or differ, and cannot be joined; declare the rank of the"
                    + " items, or give it for an input with --shape input=1x576");
        }
        boolean fresh = n.flag("new_axis", false);
        int rank = item.rank() + (fresh ? 1 : 0);
        int axis = OnnxNode.axis(n.i("axis", 0), rank);
        List<Dim> dims = new ArrayList<>(item.shape().dims());
        if (fresh) {
            dims.add(axis, Dim.symbol("_"));
        } else {
            dims.set(axis, Dim.symbol("_"));
        }
        List<String> bound = new ArrayList<>();
        TensorType result = (TensorType) OnnxNode.element(TensorType.of(item.element(), Shape.of(dims)), n.b, bound);
        return n.b.add(new SequenceConcat(n.in(0), axis, fresh, result, bound));
    }

    /**
     * A loop over the items of the first operand; those of other sequences go along, tensors are the same each time.
     */
    private static List<Value> map(OnnxNode n) {
        item(n, 0);
        RegionImporter body = n.graph("body");
        List<Value> operands = n.all();
        Value count = n.b.add(new SequenceLength(n.in(0)));
        // What the results hold is known once the body has been made; the sequences that the loop starts with say it.
        List<Type> items = itemTypes(n, body, operands);
        List<Value> initial =
                items.stream().map(t -> n.b.add(new SequenceOf(List.of(), t))).toList();
        return Loops.of(n.b, Optional.of(count), Optional.empty(), initial, Loops.body(n.b, region -> {
            List<Value> results = body.inline(region.b(), arguments(region.b(), region.iteration(), operands));
            List<Value> longer = new ArrayList<>();
            for (int i = 0; i < results.size(); i++) {
                longer.add(region.b()
                        .add(new SequenceInsert(
                                region.carried().get(i), results.get(i), Optional.empty(), items.get(i))));
            }
            return longer;
        }));
    }

    private static List<Type> itemTypes(OnnxNode n, RegionImporter body, List<Value> operands) {
        var trial = n.b.region("trial");
        Value zero = trial.constant(Tensor.scalar(0L));
        return body.inline(trial, arguments(trial, zero, operands)).stream()
                .map(v -> new SequenceType(v.type()).element())
                .toList();
    }

    private static List<Value> arguments(Builder b, Value iteration, List<Value> operands) {
        List<Value> arguments = new ArrayList<>();
        for (Value v : operands) {
            if (v.type() instanceof SequenceType(Type item)) {
                List<String> bound = new ArrayList<>();
                Type type = OnnxNode.element(item, b, bound);
                arguments.add(b.add(new SequenceAt(v, iteration, type, bound)));
            } else {
                arguments.add(v);
            }
        }
        return arguments;
    }

    private static Value optional(OnnxNode n) {
        if (n.opt(0).isPresent()) {
            return n.b.add(new OptionalOf(n.opt(0), n.in(0).type()));
        }
        Type type = n.type("type").orElseThrow(() -> new InvalidOpException("it has neither a value nor a type"));
        return n.b.add(new OptionalOf(Optional.empty(), type instanceof OptionalType(Type e) ? e : type));
    }

    private static Value get(OnnxNode n) {
        Value v = n.in(0);
        if (!(v.type() instanceof OptionalType(Type element))) {
            return v;
        }
        Optional<Value> known = n.b.definition(v, OptionalOf.class).flatMap(OptionalOf::element);
        List<String> bound = new ArrayList<>();
        return known.orElseGet(() -> n.b.add(new OptionalGet(v, OnnxNode.element(element, n.b, bound), bound)));
    }

    private static Value has(OnnxNode n) {
        if (n.opt(0).isEmpty() || !(n.in(0).type() instanceof OptionalType)) {
            return n.b.constant(Tensor.scalar(n.opt(0).isPresent()));
        }
        return n.b.definition(n.in(0), OptionalOf.class)
                .map(o -> n.b.constant(Tensor.scalar(o.element().isPresent())))
                .orElseGet(() -> n.b.add(new OptionalHas(n.in(0))));
    }
}
