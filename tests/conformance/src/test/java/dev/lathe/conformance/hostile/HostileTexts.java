package dev.lathe.conformance.hostile;

import static dev.lathe.conformance.hostile.HostileParts.input;
import static dev.lathe.conformance.hostile.HostileParts.line;
import static dev.lathe.conformance.hostile.HostileParts.longs;
import static dev.lathe.conformance.hostile.HostileParts.model;
import static dev.lathe.conformance.hostile.HostileParts.node;
import static dev.lathe.conformance.hostile.HostileParts.text;

import com.google.protobuf.ByteString;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** Patterns, names and strings. */
final class HostileTexts {
    private static final long HUGE = 1L << 62;

    private static final int MANY = 100_000;

    private HostileTexts() {}

    static void addTo(HostileModels all) {
        for (String pattern : List.of(
                "(.*a){22}b",
                "(a|b)*",
                "(a+)+$",
                "(".repeat(20_000) + ")".repeat(20_000),
                "(?:a".repeat(450) + ")*".repeat(450),
                "((a{1000}){1000}){1000}",
                "(((((a{10}){10}){10}){10}){10}){10}",
                "a{1001}",
                "[",
                "(?<x",
                "\\pX",
                "\\C",
                "(?P<n>a)(?P<n>b)",
                "a*".repeat(40_000),
                "(x+x+)+y".repeat(3),
                "[^" + "a-z".repeat(5000) + "]",
                "\\Q" + "(".repeat(2000))) {
            all.add(
                    "texts/regex-" + shortened(pattern),
                    () -> model(text(), node("RegexFullMatch", "x", "y", "pattern", pattern)));
            all.add(
                    "texts/separator-" + shortened(pattern),
                    () -> model(
                            text(),
                            node(
                                    "com.microsoft:Tokenizer",
                                    "x",
                                    "y",
                                    "separators",
                                    new String[] {pattern},
                                    "mincharnum",
                                    1L,
                                    "pad_value",
                                    "",
                                    "mark",
                                    1L)));
        }
        all.add("texts/split", () -> model(text(), node("StringSplit", "x", "y n", "delimiter", "", "maxsplit", HUGE)));
        all.add(
                "texts/locale",
                () -> model(
                        text(),
                        node(
                                "StringNormalizer",
                                "x",
                                "y",
                                "locale",
                                "xx_".repeat(10_000),
                                "case_change_action",
                                "LOWER")));
        String name = "n".repeat(MANY);
        all.add(
                "texts/names",
                () -> model(input("x", ElementType.F32, -1), node("Relu", "x", name), node("Exp", name, "y")));
        all.add("texts/names-of-ports", () -> {
            ValueInfoProto.Builder v = input(name, ElementType.F32, -1).toBuilder();
            v.getTypeBuilder()
                    .getTensorTypeBuilder()
                    .getShapeBuilder()
                    .getDimBuilder(0)
                    .setDimParam(name + "d");
            return model(GraphProto.newBuilder()
                    .setName(name)
                    .addInput(v)
                    .addNode(node("Relu", name, name + "o").toBuilder().setName(name))
                    .addNode(node("Exp", name + "o", name + "p").toBuilder().setName(name + "2"))
                    .addOutput(ValueInfoProto.newBuilder().setName(name + "p")));
        });
        all.add(
                "texts/names-of-failures",
                () -> model(
                        line(),
                        node("Reshape", "x s", name).toBuilder().setName(name).build(),
                        longs("s", 7, 11),
                        node("Exp", name, "y")));
        all.add("texts/names-unknown", () -> model(line(), node(name, "x", "y")));
        all.add("texts/names-odd", () -> {
            String odd = "\u0000\"\\\n*/\u202e\ud800é\u2028";
            ValueInfoProto.Builder v = input(odd, ElementType.F32, -1).toBuilder();
            v.getTypeBuilder()
                    .getTensorTypeBuilder()
                    .getShapeBuilder()
                    .getDimBuilder(0)
                    .setDimParam(odd + "d");
            return model(GraphProto.newBuilder()
                    .setName(odd)
                    .addInput(v)
                    .addNode(NodeProto.newBuilder()
                            .setOpType("Relu")
                            .addInput(odd)
                            .addOutput(odd + "o")
                            .setName(odd))
                    .addOutput(ValueInfoProto.newBuilder().setName(odd + "o")));
        });
        all.add(
                "texts/utf8",
                () -> model(GraphProto.newBuilder()
                        .setNameBytes(ByteString.copyFrom(new byte[] {(byte) 0xff, (byte) 0xc0, 0, (byte) 0x80}))
                        .addInput(line())
                        .addNode(node("Relu", "x", "y"))
                        .addOutput(ValueInfoProto.newBuilder().setName("y"))));
        all.add(
                "texts/utf8-data",
                () -> model(
                        text(),
                        TensorProto.newBuilder()
                                .setName("w")
                                .setDataType(8)
                                .addDims(1)
                                .addStringData(ByteString.copyFrom(
                                        new byte[] {(byte) 0xff, (byte) 0xed, (byte) 0xa0, (byte) 0x80}))
                                .build(),
                        node("StringConcat", "x w", "y")));
        all.add(
                "texts/long-data",
                () -> model(
                        text(),
                        TensorProto.newBuilder()
                                .setName("w")
                                .setDataType(8)
                                .addDims(1)
                                .addStringData(ByteString.copyFrom(new byte[10_000_000]))
                                .build(),
                        node("StringConcat", "x w", "y")));
        all.add(
                "texts/long-pattern",
                () -> model(text(), node("RegexFullMatch", "x", "y", "pattern", "a".repeat(1_000_000))));
        all.add(
                "texts/long-delimiter",
                () -> model(text(), node("StringSplit", "x", "y n", "delimiter", "a".repeat(1_000_000))));
        all.add("texts/equation", () -> model(line(), node("Einsum", "x", "y", "equation", "i".repeat(MANY) + "->")));
        all.add("texts/equation-odd", () -> model(line(), node("Einsum", "x", "y", "equation", "...i,->->,")));
    }

    private static String shortened(String s) {
        return s.substring(0, Math.min(12, s.length()));
    }
}
