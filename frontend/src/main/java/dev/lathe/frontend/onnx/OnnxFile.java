package dev.lathe.frontend.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The bytes of a model: mapped, and shared with the tensors inside. */
final class OnnxFile {
    /** Deeper subgraphs and types than any real model has. */
    private static final int NESTING_LIMIT = 64;

    private OnnxFile() {}

    static ModelProto read(Path path) {
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
            return parse(CodedInputStream.newInstance(map.asByteBuffer()), path.toString());
        } catch (IOException e) {
            throw failure(path + " cannot be read: " + e.getMessage(), "check the file's permissions");
        }
    }

    static ModelProto parse(CodedInputStream in, String name) {
        in.enableAliasing(true);
        in.setRecursionLimit(NESTING_LIMIT);
        try {
            ModelProto model = ModelProto.parseFrom(in);
            if (!model.hasGraph()) {
                throw failure(name + " is not an ONNX model: it holds no graph", "give an .onnx file");
            }
            return model;
        } catch (InvalidProtocolBufferException e) {
            throw failure(
                    name + " is not an ONNX model, or is cut off: " + e.getMessage(),
                    "give an .onnx file, and compare its size with the original's");
        } catch (IOException e) {
            throw failure(name + " cannot be read: " + e.getMessage(), "check the file");
        }
    }

    private static LatheException failure(String what, String fix) {
        return new LatheException(LatheException.Fault.INPUT, List.of(Diagnostic.error("onnx.file", what, fix)));
    }
}
