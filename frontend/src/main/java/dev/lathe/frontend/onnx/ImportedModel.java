package dev.lathe.frontend.onnx;

import dev.lathe.frontend.onnx.read.OnnxSource;
import dev.lathe.ir.Graph;

/**
 * A model that was read, which remembers what its graph was made from: {@link OnnxExporter} then writes what was not
 * changed as it stood.
 */
public final class ImportedModel {
    private final OnnxSource source;

    ImportedModel(OnnxSource source) {
        this.source = source;
    }

    public Graph graph() {
        return source.graph();
    }

    OnnxSource source() {
        return source;
    }
}
