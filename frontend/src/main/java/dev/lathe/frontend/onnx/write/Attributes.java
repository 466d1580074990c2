package dev.lathe.frontend.onnx.write;

import com.google.protobuf.ByteString;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Attributes of nodes that are written. */
public final class Attributes {
    private Attributes() {}

    public static AttributeProto i(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    public static AttributeProto flag(String name, boolean value) {
        return i(name, value ? 1 : 0);
    }

    public static AttributeProto f(String name, double value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF((float) value)
                .build();
    }

    public static AttributeProto s(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    public static AttributeProto ints(String name, List<? extends Number> values) {
        AttributeProto.Builder a = AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        values.forEach(v -> a.addInts(v.longValue()));
        return a.build();
    }

    public static AttributeProto strings(String name, List<String> values) {
        AttributeProto.Builder a =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.STRINGS);
        values.forEach(v -> a.addStrings(ByteString.copyFromUtf8(v)));
        return a.build();
    }

    public static AttributeProto floats(String name, float[] values) {
        AttributeProto.Builder a =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.FLOATS);
        for (float v : values) {
            a.addFloats(v);
        }
        return a.build();
    }

    public static AttributeProto g(String name, GraphProto value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(value)
                .build();
    }

    /** Attributes of which some are left out. */
    @SafeVarargs
    public static AttributeProto[] some(Optional<AttributeProto>... all) {
        List<AttributeProto> kept = new ArrayList<>();
        for (Optional<AttributeProto> a : all) {
            a.ifPresent(kept::add);
        }
        return kept.toArray(AttributeProto[]::new);
    }

    public static Optional<AttributeProto> when(boolean needed, AttributeProto a) {
        return needed ? Optional.of(a) : Optional.empty();
    }
}
