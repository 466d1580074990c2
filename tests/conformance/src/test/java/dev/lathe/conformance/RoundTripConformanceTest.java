package dev.lathe.conformance;

import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;

/** Graphs written as ONNX and read again mean the same. */
class RoundTripConformanceTest extends OnnxConformance {
    @Override
    Executable load(Graph graph) {
        return new ReferenceEvaluator(OnnxImporter.read(OnnxExporter.bytes(graph), null));
    }
}
