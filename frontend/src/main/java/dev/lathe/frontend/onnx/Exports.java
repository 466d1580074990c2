package dev.lathe.frontend.onnx;

import com.google.protobuf.ByteString;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.ir.op.Op;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The table of what each op becomes in ONNX; a class for each family fills it. Composites that it does not name are
 * expanded.
 */
final class Exports {
    /** Writes an op; the names of its results. */
    @FunctionalInterface
    interface Export {
        List<String> export(Op op, OpWriter g);
    }

    /** As {@link Export}, knowing the op's class. */
    @FunctionalInterface
    interface TypedExport<T extends Op> {
        List<String> export(T op, OpWriter g);
    }

    private static final Exports TABLE = new Exports();

    private final Map<Class<? extends Op>, Export> byClass = new HashMap<>();

    private Exports() {
        ElementwiseExports.addTo(this);
        ContractionExports.addTo(this);
        ReductionExports.addTo(this);
        MovementExports.addTo(this);
        IndexingExports.addTo(this);
        ControlExports.addTo(this);
        CompositeExports.addTo(this);
        ContainerExports.addTo(this);
        SamplingExports.addTo(this);
        TextExports.addTo(this);
        MapExports.addTo(this);
    }

    static Exports table() {
        return TABLE;
    }

    <T extends Op> Exports on(Class<T> type, TypedExport<T> export) {
        byClass.put(type, (op, g) -> export.export(type.cast(op), g));
        return this;
    }

    Optional<Export> find(Op op) {
        return Optional.ofNullable(byClass.get(op.getClass()));
    }

    // Attributes.

    static AttributeProto i(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    static AttributeProto flag(String name, boolean value) {
        return i(name, value ? 1 : 0);
    }

    static AttributeProto f(String name, double value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF((float) value)
                .build();
    }

    static AttributeProto s(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    static AttributeProto ints(String name, List<? extends Number> values) {
        AttributeProto.Builder a = AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        values.forEach(v -> a.addInts(v.longValue()));
        return a.build();
    }

    static AttributeProto strings(String name, List<String> values) {
        AttributeProto.Builder a =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.STRINGS);
        values.forEach(v -> a.addStrings(ByteString.copyFromUtf8(v)));
        return a.build();
    }

    static AttributeProto floats(String name, float[] values) {
        AttributeProto.Builder a =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.FLOATS);
        for (float v : values) {
            a.addFloats(v);
        }
        return a.build();
    }

    static AttributeProto g(String name, GraphProto value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(value)
                .build();
    }

    /** Attributes of which some are left out. */
    @SafeVarargs
    static AttributeProto[] some(Optional<AttributeProto>... all) {
        return Arrays.stream(all).flatMap(Optional::stream).toArray(AttributeProto[]::new);
    }

    static Optional<AttributeProto> when(boolean needed, AttributeProto a) {
        return needed ? Optional.of(a) : Optional.empty();
    }
}
