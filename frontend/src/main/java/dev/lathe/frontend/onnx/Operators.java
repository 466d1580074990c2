package dev.lathe.frontend.onnx;

import dev.lathe.ir.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The table of operators: what each becomes, by the opset version that introduced the meaning. */
final class Operators {

    /** Makes an operator's results from a node. */
    @FunctionalInterface
    interface Lowering {
        List<Value> lower(OnnxNode n);
    }

    /** As {@link Lowering}, for operators with one result. */
    @FunctionalInterface
    interface SingleLowering {
        Value lower(OnnxNode n);
    }

    /** The versions of one operator. */
    static final class Versions {
        private final NavigableMap<Integer, Lowering> byOpset = new TreeMap<>();

        Versions since(int opset, SingleLowering lowering) {
            return sinceAll(opset, n -> List.of(lowering.lower(n)));
        }

        Versions sinceAll(int opset, Lowering lowering) {
            byOpset.put(opset, lowering);
            return this;
        }
    }

    /** The newest opset of {@code ai.onnx} that this table knows. */
    static final int NEWEST_OPSET = 28;

    private static final Operators TABLE = new Operators();

    private final Map<String, Versions> byName = new LinkedHashMap<>();

    private Operators() {
        ElementwiseOps.addTo(this);
        ActivationOps.addTo(this);
        ContractionOps.addTo(this);
        ReductionOps.addTo(this);
        ShapeOps.addTo(this);
        MovementOps.addTo(this);
        IndexingOps.addTo(this);
        NormalizationOps.addTo(this);
        ResizeOps.addTo(this);
        ControlOps.addTo(this);
        RecurrentOps.addTo(this);
        SequenceOps.addTo(this);
        LossOps.addTo(this);
        TrainingOps.addTo(this);
        GradientOps.addTo(this);
        QuantizationOps.addTo(this);
        SignalOps.addTo(this);
        RandomOps.addTo(this);
        TextOps.addTo(this);
        VisionOps.addTo(this);
        EinsumOps.addTo(this);
        AttentionOps.addTo(this);
        LinearAttentionOps.addTo(this);
        TabularOps.addTo(this);
        EncoderOps.addTo(this);
        LinearModelOps.addTo(this);
        VectorMachineOps.addTo(this);
        TreeOps.addTo(this);
        MapOps.addTo(this);
        MicrosoftOps.addTo(this);
        BlockedOps.addTo(this);
        MicrosoftNormalizationOps.addTo(this);
        MicrosoftAttentionOps.addTo(this);
        MicrosoftCacheAttentionOps.addTo(this);
        MicrosoftQuantizationOps.addTo(this);
        MicrosoftLinearOps.addTo(this);
        MicrosoftGatherOps.addTo(this);
    }

    static Operators table() {
        return TABLE;
    }

    /** Begins the entry of an operator of {@code ai.onnx}. */
    Versions on(String name) {
        return byName.computeIfAbsent(name, _ -> new Versions());
    }

    /**
     * The lowering of an operator in an opset, if there is one; operators of other domains have the domain before a
     * colon.
     */
    Optional<Lowering> find(String name, int opset) {
        Versions versions = byName.get(name);
        if (versions == null) {
            return Optional.empty();
        }
        return Optional.ofNullable(versions.byOpset.floorEntry(opset)).map(Map.Entry::getValue);
    }

    boolean knows(String name) {
        return byName.containsKey(name);
    }

    /** Names and the opsets in which their meaning changed. */
    Map<String, List<Integer>> entries() {
        Map<String, List<Integer>> all = new TreeMap<>();
        byName.forEach((name, versions) -> all.put(name, List.copyOf(versions.byOpset.keySet())));
        return all;
    }
}
