package dev.lathe.conformance;

import ai.onnxruntime.OrtException;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;

class OnnxRuntimeConformanceTest extends OnnxConformance {
    @Override
    Executable load(Graph graph) {
        try {
            return new OnnxRuntime(OnnxExporter.bytes(graph), graph);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        }
    }
}
