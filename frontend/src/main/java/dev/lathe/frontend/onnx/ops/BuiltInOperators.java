package dev.lathe.frontend.onnx.ops;

import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.control.ControlOps;
import dev.lathe.frontend.onnx.ops.control.SequenceOps;
import dev.lathe.frontend.onnx.ops.math.EinsumOps;
import dev.lathe.frontend.onnx.ops.math.ElementwiseOps;
import dev.lathe.frontend.onnx.ops.math.RandomOps;
import dev.lathe.frontend.onnx.ops.math.ReductionOps;
import dev.lathe.frontend.onnx.ops.math.SignalOps;
import dev.lathe.frontend.onnx.ops.microsoft.BlockedOps;
import dev.lathe.frontend.onnx.ops.microsoft.MicrosoftAttentionOps;
import dev.lathe.frontend.onnx.ops.microsoft.MicrosoftCacheAttentionOps;
import dev.lathe.frontend.onnx.ops.microsoft.MicrosoftGatherOps;
import dev.lathe.frontend.onnx.ops.microsoft.MicrosoftLinearOps;
import dev.lathe.frontend.onnx.ops.microsoft.MicrosoftNormalizationOps;
import dev.lathe.frontend.onnx.ops.microsoft.MicrosoftOps;
import dev.lathe.frontend.onnx.ops.microsoft.MicrosoftQuantizationOps;
import dev.lathe.frontend.onnx.ops.ml.EncoderOps;
import dev.lathe.frontend.onnx.ops.ml.LinearModelOps;
import dev.lathe.frontend.onnx.ops.ml.MapOps;
import dev.lathe.frontend.onnx.ops.ml.TabularOps;
import dev.lathe.frontend.onnx.ops.ml.TextOps;
import dev.lathe.frontend.onnx.ops.ml.TreeOps;
import dev.lathe.frontend.onnx.ops.ml.VectorMachineOps;
import dev.lathe.frontend.onnx.ops.nn.ActivationOps;
import dev.lathe.frontend.onnx.ops.nn.AttentionOps;
import dev.lathe.frontend.onnx.ops.nn.ContractionOps;
import dev.lathe.frontend.onnx.ops.nn.LinearAttentionOps;
import dev.lathe.frontend.onnx.ops.nn.NormalizationOps;
import dev.lathe.frontend.onnx.ops.nn.PoolOps;
import dev.lathe.frontend.onnx.ops.nn.QuantizationOps;
import dev.lathe.frontend.onnx.ops.nn.RecurrentOps;
import dev.lathe.frontend.onnx.ops.shape.IndexingOps;
import dev.lathe.frontend.onnx.ops.shape.MovementOps;
import dev.lathe.frontend.onnx.ops.shape.ShapeOps;
import dev.lathe.frontend.onnx.ops.training.GradientOps;
import dev.lathe.frontend.onnx.ops.training.LossOps;
import dev.lathe.frontend.onnx.ops.training.TrainingOps;
import dev.lathe.frontend.onnx.ops.vision.ResizeOps;
import dev.lathe.frontend.onnx.ops.vision.VisionOps;
import java.util.List;

/** The families of operators. */
public final class BuiltInOperators {
    /** The newest opset of {@code ai.onnx} that is known. */
    public static final int NEWEST_OPSET = 28;

    public static final Operators TABLE = new Operators(
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
