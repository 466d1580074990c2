package dev.lathe.frontend.onnx;

import java.util.List;

/** The families of exports. */
final class BuiltInExports {
    static final Exports TABLE = new Exports(List.of(
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
