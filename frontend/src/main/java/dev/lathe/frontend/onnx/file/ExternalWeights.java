package dev.lathe.frontend.onnx.file;

import dev.lathe.grammar.onnx.StringStringEntryProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A file of weights beside a model. */
public final class ExternalWeights {
    /** Smaller tensors stay in the model. */
    private static final long SMALL = 1024;

    /** Tensors begin at multiples of this, so that they can be mapped. */
    private static final long ALIGNMENT = 64;

    private static final long CHUNK = 1 << 26;

    private final FileChannel channel;
    private final String location;

    /** Weights that are written to {@code channel}, and are in {@code file} when the model is read. */
    public ExternalWeights(FileChannel channel, Path file) {
        this.channel = channel;
        this.location = String.valueOf(file.getFileName());
    }

    /**
     * Appends the elements of {@code t} and says in {@code proto} where they are; false if they are better off in the
     * model.
     */
    public boolean take(Tensor t, TensorProto.Builder proto) {
        if (t.element().isString() || t.byteSize() < SMALL) {
            return false;
        }
        try {
            long at = Math.ceilDiv(channel.position(), ALIGNMENT) * ALIGNMENT;
            channel.position(at);
            for (long from = 0; from < t.byteSize(); from += CHUNK) {
                ByteBuffer chunk = ByteBuffer.wrap(t.data()
                        .asSlice(from, Math.min(CHUNK, t.byteSize() - from))
                        .toArray(ValueLayout.JAVA_BYTE));
                while (chunk.hasRemaining()) {
                    channel.write(chunk);
                }
            }
            proto.setDataLocation(TensorProto.DataLocation.EXTERNAL)
                    .addExternalData(entry("location", location))
                    .addExternalData(entry("offset", Long.toString(at)))
                    .addExternalData(entry("length", Long.toString(t.byteSize())));
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}
