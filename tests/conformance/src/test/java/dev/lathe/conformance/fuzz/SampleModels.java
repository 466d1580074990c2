package dev.lathe.conformance.fuzz;

import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.StringStringEntryProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Models to change: those of ONNX's suites where they are installed, and one with what exporters of graphs do not
 * write.
 */
final class SampleModels {
    private static final long MAX_BYTES = 8_000;

    private SampleModels() {}

    /** The small ones; none if the suites are not there. */
    static List<byte[]> suites() {
        Path data = Path.of(System.getProperty("lathe.onnx.testdata", "/usr/share/libonnx-testdata/data"));
        if (!Files.isDirectory(data)) {
            return List.of();
        }
        List<byte[]> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(data, 3)) {
            for (Path f : files.filter(f -> f.endsWith("model.onnx")).sorted().toList()) {
                if (Files.size(f) <= MAX_BYTES) {
                    all.add(Files.readAllBytes(f));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** A model with a local function and weights in a file of their own. */
    static byte[] functions() {
        OperatorSetIdProto standard =
                OperatorSetIdProto.newBuilder().setVersion(13).build();
        OperatorSetIdProto local =
                OperatorSetIdProto.newBuilder().setDomain("local").setVersion(1).build();
        FunctionProto function = FunctionProto.newBuilder()
                .setDomain("local")
                .setName("F")
                .addInput("a")
                .addOutput("b")
                .addOpsetImport(standard)
                .addNode(NodeProto.newBuilder().setOpType("Exp").addInput("a").addOutput("b"))
                .build();
        TensorProto weights = TensorProto.newBuilder()
                .setName("w")
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addDims(2)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue("x.pb"))
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("length").setValue("8"))
                .build();
        return ModelProto.newBuilder()
                .setIrVersion(10)
                .addOpsetImport(standard)
                .addOpsetImport(local)
                .addFunctions(function)
                .setGraph(GraphProto.newBuilder()
                        .setName("g")
                        .addInput(ValueInfoProto.newBuilder()
                                .setName("x")
                                .setType(TypeProto.newBuilder()
                                        .setTensorType(TypeProto.Tensor.newBuilder()
                                                .setElemType(TensorProto.DataType.FLOAT_VALUE))))
                        .addInitializer(weights)
                        .addNode(NodeProto.newBuilder()
                                .setOpType("F")
                                .setDomain("local")
                                .addInput("x")
                                .addOutput("e"))
                        .addNode(NodeProto.newBuilder()
                                .setOpType("Add")
                                .addInput("e")
                                .addInput("w")
                                .addOutput("y"))
                        .addOutput(ValueInfoProto.newBuilder().setName("y")))
                .build()
                .toByteArray();
    }
}
