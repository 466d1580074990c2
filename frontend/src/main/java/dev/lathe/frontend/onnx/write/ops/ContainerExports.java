package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.write.Attributes;
import dev.lathe.frontend.onnx.write.ExportedModel;
import dev.lathe.frontend.onnx.write.Exports;
import dev.lathe.frontend.onnx.write.OpWriter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.Value;
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
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Sequences and optional values in ONNX. */
public final class ContainerExports {
    private ContainerExports() {}

    public static void addTo(Exports t) {
        t.on(SequenceOf.class, ContainerExports::sequence);
        t.on(SequenceAt.class, (op, g) -> g.result("SequenceAt", List.of(g.name(op.sequence()), g.name(op.index()))));
        t.on(
                SequenceInsert.class,
                (op, g) -> g.result("SequenceInsert", names(g, List.of(op.sequence(), op.item()), op.index())));
        t.on(SequenceErase.class, (op, g) -> g.result("SequenceErase", names(g, List.of(op.sequence()), op.index())));
        t.on(SequenceLength.class, (op, g) -> g.result("SequenceLength", List.of(g.name(op.sequence()))));
        t.on(
                SequenceSplit.class,
                (op, g) -> g.result(
                        "SplitToSequence",
                        names(g, List.of(op.x()), op.split()),
                        Attributes.some(
                                Optional.of(Attributes.i("axis", op.axis())),
                                // With sizes it means nothing, but ONNX Runtime stumbles over it.
                                Attributes.when(op.split().isEmpty() && !op.keepDims(), Attributes.i("keepdims", 0)))));
        t.on(
                SequenceConcat.class,
                (op, g) -> g.result(
                        "ConcatFromSequence",
                        List.of(g.name(op.sequence())),
                        Attributes.i("axis", op.axis()),
                        Attributes.flag("new_axis", op.newAxis())));
        t.on(OptionalOf.class, ContainerExports::optional);
        t.on(OptionalGet.class, (op, g) -> g.result("OptionalGetElement", List.of(g.name(op.optional()))));
        t.on(OptionalHas.class, (op, g) -> g.result("OptionalHasElement", List.of(g.name(op.optional()))));
    }

    /** The names of operands, the last of which may be absent. */
    static List<String> names(OpWriter g, List<Value> values, Optional<Value> last) {
        List<String> names = new ArrayList<>(values.stream().map(g::name).toList());
        last.map(g::name).ifPresent(names::add);
        return names;
    }

    private static List<String> sequence(SequenceOf op, OpWriter g) {
        if (!op.items().isEmpty()) {
            return g.result(
                    "SequenceConstruct", op.items().stream().map(g::name).toList());
        }
        if (!(op.itemType() instanceof TensorType t)) {
            throw OpWriter.failure("ONNX has no empty sequence of " + op.itemType(), "keep the model as IR text");
        }
        return g.result("SequenceEmpty", List.of(), Attributes.i("dtype", ElementTypes.number(t.element())));
    }

    private static List<String> optional(OptionalOf op, OpWriter g) {
        if (op.element().isPresent()) {
            return g.result("Optional", List.of(g.name(op.element().get())));
        }
        return g.result(
                "Optional",
                List.of(),
                AttributeProto.newBuilder()
                        .setName("type")
                        .setType(AttributeProto.AttributeType.TYPE_PROTO)
                        .setTp(ExportedModel.type(op.elementType()))
                        .build());
    }
}
