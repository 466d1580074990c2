package dev.lathe.conformance;

import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import java.util.ArrayList;
import java.util.List;

/** Graphs written as ONNX run in ONNX Runtime with the right results, where it has kernels for them. */
class OnnxRuntimeConformanceTest extends OnnxConformance {
    private final List<Ignored> ignored = new ArrayList<>(super.ignored());

    OnnxRuntimeConformanceTest() {
        ignored.addAll(Ignored.read("ignored-onnxruntime.txt"));
    }

    @Override
    Executable load(Graph graph) {
        return OnnxRuntime.load(OnnxExporter.bytes(graph));
    }

    @Override
    List<Ignored> ignored() {
        return ignored;
    }

    @Override
    List<ModelForm> modes() {
        return List.of(ModelForm.AS_WRITTEN, ModelForm.SYMBOLIC);
    }
}
