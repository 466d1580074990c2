package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.write.Exports;
import java.util.List;

/** The families of exports. */
public final class BuiltInExports {
    public static final Exports TABLE = new Exports(List.of(
            ElementwiseExports::addTo,
            ContractionExports::addTo,
            ReductionExports::addTo,
            MovementExports::addTo,
            IndexingExports::addTo,
            ControlExports::addTo,
            CompositeExports::addTo,
            ContainerExports::addTo,
            SamplingExports::addTo,
            TextExports::addTo,
            MapExports::addTo));

    private BuiltInExports() {}
}
