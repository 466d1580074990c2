package dev.lathe.frontend.onnx.file;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The bytes of a model: mapped, and shared with the tensors inside. */
public final class OnnxFile {
    /** Deeper subgraphs and types than any real model has. */
    private static final int NESTING_LIMIT = 64;

    private OnnxFile() {}

    public static ModelProto read(Path path) {
        if (!Files.exists(path)) {
            throw failure("there is no file " + path, "check the path");
        }
        if (!Files.isRegularFile(path)) {
            throw failure(path + " is not a file", "give the path of an .onnx file");
        }
        try (FileChannel channel = FileChannel.open(path)) {
            if (channel.size() == 0) {
                throw failure(path + " is empty", "export or download the model again");
            }
            if (channel.size() > Integer.MAX_VALUE) {
                throw failure(
                        path + " has more than 2 GiB, which no ONNX file can",
                        "save the model with its weights as external data");
            }
            // Garbage collection unmaps it once no tensor of it is in use.
            var map = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            byte[] head =
                    map.asSlice(0, Math.min(map.byteSize(), ForeignFile.HEAD)).toArray(ValueLayout.JAVA_BYTE);
            return parse(CodedInputStream.newInstance(map.asByteBuffer()), head, path.toString());
        } catch (IOException e) {
            throw failure(path + " cannot be read: " + e.getMessage(), "check the file's permissions");
        }
    }

    public static ModelProto parse(byte[] bytes, String name) {
        return parse(
                CodedInputStream.newInstance(bytes),
                Arrays.copyOf(bytes, Math.min(bytes.length, ForeignFile.HEAD)),
                name);
    }

    private static ModelProto parse(CodedInputStream in, byte[] head, String name) {
        in.enableAliasing(true);
        in.setRecursionLimit(NESTING_LIMIT);
        try {
            ModelProto model = ModelProto.parseFrom(in);
            if (!model.hasGraph()) {
                throw foreign(head, name, "it holds no graph", "give an .onnx file");
            }
            return model;
        } catch (InvalidProtocolBufferException e) {
            throw foreign(
                    head,
                    name,
                    "it may be cut off: " + e.getMessage(),
                    "give an .onnx file, and compare its size with the original's");
        } catch (IOException e) {
            throw failure(name + " cannot be read: " + e.getMessage(), "check the file");
        }
    }

    private static LatheException foreign(byte[] head, String name, String otherwise, String fix) {
        ForeignFile file = ForeignFile.of(head)
                .map(f -> new ForeignFile("it is " + f.what(), f.fix()))
                .orElse(new ForeignFile(otherwise, fix));
        return failure(name + " is not an ONNX model: " + file.what(), file.fix());
    }

    private static LatheException failure(String what, String fix) {
        return new LatheException(LatheException.Fault.INPUT, List.of(Diagnostic.error("onnx.file", what, fix)));
    }
}
