package dev.lathe.frontend.onnx;

import java.util.List;

/** The families of operators. */
final class BuiltInOperators {
    /** The newest opset of {@code ai.onnx} that is known. */
    static final int NEWEST_OPSET = 28;

    static final Operators TABLE = new Operators(
            NEWEST_OPSET,
            List.of(
                    ElementwiseOps::addTo,
                    ActivationOps::addTo,
                    ContractionOps::addTo,
                    ReductionOps::addTo,
                    PoolOps::addTo,
                    ShapeOps::addTo,
                    MovementOps::addTo,
                    IndexingOps::addTo,
                    NormalizationOps::addTo,
                    ResizeOps::addTo,
                    ControlOps::addTo,
                    RecurrentOps::addTo,
                    SequenceOps::addTo,
                    LossOps::addTo,
                    TrainingOps::addTo,
                    GradientOps::addTo,
                    QuantizationOps::addTo,
                    SignalOps::addTo,
                    RandomOps::addTo,
                    TextOps::addTo,
                    VisionOps::addTo,
                    EinsumOps::addTo,
                    AttentionOps::addTo,
                    LinearAttentionOps::addTo,
                    TabularOps::addTo,
                    EncoderOps::addTo,
                    LinearModelOps::addTo,
                    VectorMachineOps::addTo,
                    TreeOps::addTo,
                    MapOps::addTo,
                    MicrosoftOps::addTo,
                    BlockedOps::addTo,
                    MicrosoftNormalizationOps::addTo,
                    MicrosoftAttentionOps::addTo,
                    MicrosoftCacheAttentionOps::addTo,
                    MicrosoftQuantizationOps::addTo,
                    MicrosoftLinearOps::addTo,
                    MicrosoftGatherOps::addTo));

    private BuiltInOperators() {}
}
