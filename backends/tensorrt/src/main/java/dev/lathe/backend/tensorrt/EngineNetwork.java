package dev.lathe.backend.tensorrt;

import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.Dims64;
import org.bytedeco.tensorrt.nvinfer.IAttention;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.IConvolutionLayer;
import org.bytedeco.tensorrt.nvinfer.IDeconvolutionLayer;
import org.bytedeco.tensorrt.nvinfer.IDequantizeLayer;
import org.bytedeco.tensorrt.nvinfer.IFillLayer;
import org.bytedeco.tensorrt.nvinfer.IGatherLayer;
import org.bytedeco.tensorrt.nvinfer.IGridSampleLayer;
import org.bytedeco.tensorrt.nvinfer.IIfConditional;
import org.bytedeco.tensorrt.nvinfer.ILayer;
import org.bytedeco.tensorrt.nvinfer.ILoop;
import org.bytedeco.tensorrt.nvinfer.ILoopOutputLayer;
import org.bytedeco.tensorrt.nvinfer.INMSLayer;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvinfer.INormalizationLayer;
import org.bytedeco.tensorrt.nvinfer.IPoolingLayer;
import org.bytedeco.tensorrt.nvinfer.IQuantizeLayer;
import org.bytedeco.tensorrt.nvinfer.IRecurrenceLayer;
import org.bytedeco.tensorrt.nvinfer.IResizeLayer;
import org.bytedeco.tensorrt.nvinfer.IScatterLayer;
import org.bytedeco.tensorrt.nvinfer.IShuffleLayer;
import org.bytedeco.tensorrt.nvinfer.ISliceLayer;
import org.bytedeco.tensorrt.nvinfer.ISoftMaxLayer;
import org.bytedeco.tensorrt.nvinfer.ITensor;
import org.bytedeco.tensorrt.nvinfer.ITopKLayer;
import org.bytedeco.tensorrt.nvinfer.Permutation;
import org.bytedeco.tensorrt.nvinfer.Weights;
import org.jspecify.annotations.Nullable;

/**
 * A network of TensorRT. Layers were checked by {@link LayerRules} before, so that what TensorRT refuses all the same
 * is a fault of these rules. Weights are copied into native memory, which must stay until the engine is built.
 */
final class EngineNetwork implements NetworkDefinition {
    private final INetworkDefinition network;
    private final List<ITensor> tensors = new ArrayList<>();
    private final Map<Integer, IIfConditional> conditionals = new HashMap<>();
    private final Map<Integer, ILoop> loops = new HashMap<>();
    private final Map<NetworkTensor, IRecurrenceLayer> recurrences = new HashMap<>();
    /** The weights of tensors that constants are, which convolutions take as such. */
    private final Map<Integer, Weights> constants = new HashMap<>();

    private final Map<String, Weights> named = new LinkedHashMap<>();
    private final NativeMemory memory = new NativeMemory();
    /** The recurrence and the weights that were added last, whose tensors have no number yet. */
    private @Nullable IRecurrenceLayer pending;

    private @Nullable Weights added;
    /** The node that the present layer is for. */
    private String node = "";

    private EngineNetwork(INetworkDefinition network) {
        this.network = network;
    }

    /** An empty network; {@code objects} take it, and its weights, which go after it. */
    static EngineNetwork of(IBuilder builder, Version release, NativeObjects objects) {
        EngineNetwork made = new EngineNetwork(require(builder.createNetworkV2(release.networkFlags()), "network"));
        objects.release(() -> made.memory.release());
        objects.own(made.network);
        return made;
    }

    INetworkDefinition network() {
        return network;
    }

    /** All weights, by the names that they have in the engine. */
    Map<String, Weights> weights() {
        return named;
    }

    @Override
    public NetworkTensor input(String name, DataType type, List<Long> dims) {
        return made(network.addInput(name, NativeMemory.type(type), memory.dims(dims)), type, dims, name);
    }

    @Override
    public void output(String name, NetworkTensor tensor) {
        ITensor t = of(tensor);
        t.setName(name);
        network.markOutput(t);
    }

    @Override
    public List<NetworkTensor> add(Layer layer, String name) {
        List<LayerRules.Form> forms = LayerRules.infer(layer);
        node = name;
        List<ITensor> outputs = build(layer, name);
        List<NetworkTensor> made = new ArrayList<>();
        for (int i = 0; i < forms.size(); i++) {
            made.add(made(outputs.get(i), forms.get(i).type(), forms.get(i).dims(), name));
        }
        if (layer instanceof Layer.Recurrence && pending != null) {
            recurrences.put(made.getFirst(), pending);
        }
        if (layer instanceof Layer.Constant && added != null) {
            constants.put(made.getFirst().number(), added);
        }
        return made;
    }

    private NetworkTensor made(@Nullable ITensor t, DataType type, List<Long> dims, String name) {
        tensors.add(require(t, name));
        return new NetworkTensor(tensors.size() - 1, type, dims);
    }

    private ITensor of(NetworkTensor t) {
        return tensors.get(t.number());
    }

    private List<ITensor> build(Layer layer, String name) {
        return switch (layer) {
            case Layer.Unary l -> one(network.addUnary(of(l.x()), nvinfer.UnaryOperation.valueOf("k" + l.op())), name);
            case Layer.ElementWise l ->
                one(
                        network.addElementWise(
                                of(l.x()), of(l.y()), nvinfer.ElementWiseOperation.valueOf("k" + l.op())),
                        name);
            case Layer.Activation l ->
                one(network.addActivation(of(l.x()), nvinfer.ActivationType.valueOf("k" + l.type())), name);
            case Layer.Select l -> one(network.addSelect(of(l.condition()), of(l.x()), of(l.y())), name);
            case Layer.Cast l -> one(network.addCast(of(l.x()), NativeMemory.type(l.to())), name);
            case Layer.MatrixMultiply l ->
                one(
                        network.addMatrixMultiply(
                                of(l.x()), nvinfer.MatrixOperation.kNONE, of(l.y()), nvinfer.MatrixOperation.kNONE),
                        name);
            case Layer.Convolution l -> one(convolution(l), name);
            case Layer.Deconvolution l -> one(deconvolution(l), name);
            case Layer.Attention l -> attention(l, name);
            case Layer.RotaryEmbedding l ->
                one(network.addRotaryEmbedding(of(l.x()), of(l.cos()), of(l.sin()), l.interleaved(), l.turned()), name);
            case Layer.Reduce l ->
                one(
                        network.addReduce(
                                of(l.x()), nvinfer.ReduceOperation.valueOf("k" + l.op()), mask(l.axes()), l.keep()),
                        name);
            case Layer.Pooling l -> one(pooling(l), name);
            case Layer.SoftMax l -> {
                ISoftMaxLayer made = require(network.addSoftMax(of(l.x())), name);
                made.setAxes(1 << l.axis());
                yield one(made, name);
            }
            case Layer.Normalization l -> {
                INormalizationLayer made = require(
                        network.addNormalizationV2(of(l.x()), of(l.scale()), of(l.bias()), mask(l.axes())), name);
                made.setEpsilon((float) l.epsilon());
                yield one(made, name);
            }
            case Layer.Cumulative l ->
                one(
                        network.addCumulative(
                                of(l.x()),
                                constant(Tensor.of(new int[] {l.axis()}).reshape(), DataType.INT32),
                                nvinfer.CumulativeOperation.kSUM,
                                l.exclusive(),
                                l.reverse()),
                        name);
            case Layer.Constant l -> List.of(constant(l.value(), l.type()));
            case Layer.Shape l -> one(network.addShape(of(l.x())), name);
            case Layer.Shuffle l -> one(shuffle(l), name);
            case Layer.Squeeze l -> one(network.addSqueeze(of(l.x()), vector(l.axes())), name);
            case Layer.Unsqueeze l -> one(network.addUnsqueeze(of(l.x()), vector(l.axes())), name);
            case Layer.Concatenation l -> {
                var made = require(
                        network.addConcatenation(
                                memory.pointers(
                                        l.inputs().stream().map(this::of).toList()),
                                l.inputs().size()),
                        name);
                made.setAxis(l.axis());
                yield one(made, name);
            }
            case Layer.Slice l -> one(slice(l), name);
            case Layer.Resize l -> one(resize(l), name);
            case Layer.Gather l -> {
                IGatherLayer made = require(
                        network.addGatherV2(of(l.data()), of(l.indices()), nvinfer.GatherMode.valueOf("k" + l.mode())),
                        name);
                if (l.mode() != Layer.GatherMode.ND) {
                    made.setGatherAxis(l.axis());
                }
                made.setNbElementWiseDims(l.elementwiseDims());
                yield one(made, name);
            }
            case Layer.Scatter l -> {
                IScatterLayer made = require(
                        network.addScatter(
                                of(l.data()),
                                of(l.indices()),
                                of(l.updates()),
                                nvinfer.ScatterMode.valueOf("k" + l.mode())),
                        name);
                if (l.mode() == Layer.ScatterMode.ELEMENT) {
                    made.setAxis(l.axis());
                }
                yield one(made, name);
            }
            case Layer.NonZero l -> one(network.addNonZero(of(l.x()), nvinfer.DataType.kINT64), name);
            case Layer.TopK l -> topK(l, name);
            case Layer.NonMaxSuppression l -> nonMaxSuppression(l, name);
            case Layer.GridSample l -> {
                IGridSampleLayer made = require(network.addGridSample(of(l.x()), of(l.grid())), name);
                made.setInterpolationMode(interpolation(l.mode()));
                made.setSampleMode(nvinfer.SampleMode.valueOf("k" + l.outside()));
                made.setAlignCorners(l.alignCorners());
                yield one(made, name);
            }
            case Layer.Fill l -> one(fill(l), name);
            case Layer.Quantize l -> {
                IQuantizeLayer made =
                        require(network.addQuantize(of(l.x()), of(l.scale()), NativeMemory.type(l.to())), name);
                if (l.scale().rank() == 1) {
                    made.setAxis(l.axis());
                }
                yield one(made, name);
            }
            case Layer.Dequantize l -> {
                IDequantizeLayer made =
                        require(network.addDequantize(of(l.x()), of(l.scale()), NativeMemory.type(l.to())), name);
                if (l.scale().rank() == 1) {
                    made.setAxis(l.axis());
                }
                yield one(made, name);
            }
            case Layer.Assertion l -> {
                require(network.addAssertion(of(l.condition()), l.message()), name);
                yield List.of();
            }
            case Layer.Conditional l -> {
                IIfConditional made = network.addIfConditional();
                made.setName(name.isEmpty() ? "if" + l.number() : name);
                made.setCondition(of(l.condition()));
                conditionals.put(l.number(), made);
                yield List.of();
            }
            case Layer.ConditionalInput l -> one(conditional(l.number()).addInput(of(l.x())), name);
            case Layer.ConditionalOutput l ->
                one(conditional(l.number()).addOutput(of(l.whenTrue()), of(l.whenFalse())), name);
            case Layer.Loop l -> {
                ILoop made = network.addLoop();
                made.setName(name.isEmpty() ? "loop" + l.number() : name);
                loops.put(l.number(), made);
                yield List.of();
            }
            case Layer.TripLimit l -> {
                require(loop(l.number()).addTripLimit(of(l.limit()), nvinfer.TripLimit.valueOf("k" + l.kind())), name);
                yield List.of();
            }
            case Layer.Recurrence l -> {
                IRecurrenceLayer made = require(loop(l.number()).addRecurrence(of(l.initial())), name);
                pending = made;
                yield one(made, name);
            }
            case Layer.RecurrenceNext l -> {
                Optional.ofNullable(recurrences.get(l.recurrence()))
                        .orElseThrow()
                        .setInput(1, of(l.next()));
                yield List.of();
            }
            case Layer.LastValue l ->
                one(loop(l.number()).addLoopOutput(of(l.recurrence()), nvinfer.LoopOutput.kLAST_VALUE), name);
            case Layer.Collected l -> {
                ILoopOutputLayer made =
                        require(loop(l.number()).addLoopOutput(of(l.x()), nvinfer.LoopOutput.kCONCATENATE, 0), name);
                made.setInput(1, of(l.length()));
                yield one(made, name);
            }
        };
    }

    private IIfConditional conditional(int number) {
        return Optional.ofNullable(conditionals.get(number)).orElseThrow();
    }

    private ILoop loop(int number) {
        return Optional.ofNullable(loops.get(number)).orElseThrow();
    }

    private static <T extends Pointer> T require(@Nullable T made, String name) {
        if (made == null || NativeTensorRt.isNothing(made)) {
            throw new LayerException("TensorRT refuses a layer for \"" + name + "\"; its log says why");
        }
        return made;
    }

    private List<ITensor> one(@Nullable ILayer made, String name) {
        return outputs(require(made, name), name, 1);
    }

    private List<ITensor> outputs(ILayer made, String name, int count) {
        if (!name.isEmpty()) {
            made.setMetadata(name);
        }
        List<ITensor> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(made.getOutput(i));
        }
        return all;
    }

    // Layers with parameters.

    /** A kernel that is a constant is weights of the layer, any other one its second input. */
    private Weights kernel(NetworkTensor kernel) {
        Weights own = constants.get(kernel.number());
        return own == null ? memory.none(kernel.type()) : own;
    }

    private ILayer convolution(Layer.Convolution l) {
        List<Long> k = l.kernel().dims();
        IConvolutionLayer made = require(
                network.addConvolutionNd(
                        of(l.x()),
                        k.getFirst(),
                        memory.dims(k.subList(2, k.size())),
                        kernel(l.kernel()),
                        memory.none(l.x().type())),
                node);
        made.setNbGroups(l.groups());
        made.setStrideNd(memory.dims(l.at().stride()));
        made.setPrePadding(memory.dims(l.at().before()));
        made.setPostPadding(memory.dims(l.at().after()));
        made.setDilationNd(memory.dims(l.at().dilation()));
        if (!constants.containsKey(l.kernel().number())) {
            made.setInput(1, of(l.kernel()));
        }
        return made;
    }

    private ILayer deconvolution(Layer.Deconvolution l) {
        List<Long> k = l.kernel().dims();
        IDeconvolutionLayer made = require(
                network.addDeconvolutionNd(
                        of(l.x()),
                        k.get(1) * l.groups(),
                        memory.dims(k.subList(2, k.size())),
                        kernel(l.kernel()),
                        memory.none(l.x().type())),
                node);
        made.setNbGroups(l.groups());
        made.setStrideNd(memory.dims(l.at().stride()));
        made.setPrePadding(memory.dims(l.at().before()));
        made.setPostPadding(memory.dims(l.at().after()));
        made.setDilationNd(memory.dims(l.at().dilation()));
        if (!constants.containsKey(l.kernel().number())) {
            made.setInput(1, of(l.kernel()));
        }
        return made;
    }

    @SuppressWarnings("deprecation") // version 10.15 has no other
    private List<ITensor> attention(Layer.Attention l, String name) {
        IAttention made = require(
                network.addAttention(of(l.q()), of(l.k()), of(l.v()), nvinfer.AttentionNormalizationOp.kSOFTMAX, false),
                name);
        l.mask().ifPresent(m -> made.setMask(of(m)));
        made.setDecomposable(true);
        if (!name.isEmpty()) {
            made.setMetadata(name);
        }
        return List.of(made.getOutput(0));
    }

    private ILayer pooling(Layer.Pooling l) {
        IPoolingLayer made = require(
                network.addPoolingNd(of(l.x()), nvinfer.PoolingType.valueOf("k" + l.type()), memory.dims(l.window())),
                node);
        made.setStrideNd(memory.dims(l.stride()));
        made.setPrePadding(memory.dims(l.before()));
        made.setPostPadding(memory.dims(l.after()));
        made.setPaddingMode(
                l.roundUp() ? nvinfer.PaddingMode.kEXPLICIT_ROUND_UP : nvinfer.PaddingMode.kEXPLICIT_ROUND_DOWN);
        made.setAverageCountExcludesPadding(l.excludesPadding());
        return made;
    }

    private ILayer shuffle(Layer.Shuffle l) {
        IShuffleLayer made = require(network.addShuffle(of(l.x())), node);
        l.transpose().ifPresent(perm -> {
            Permutation p = memory.keep(new Permutation());
            for (int i = 0; i < perm.size(); i++) {
                p.order(i, perm.get(i));
            }
            made.setFirstTranspose(p);
        });
        l.reshape().ifPresent(to -> {
            switch (to) {
                case Extents.Fixed f -> made.setReshapeDimensions(memory.dims(f.values()));
                case Extents.Computed c -> made.setInput(1, of(c.tensor()));
            }
            made.setZeroIsPlaceholder(l.zeroIsPlaceholder());
        });
        return made;
    }

    private ILayer slice(Layer.Slice l) {
        ISliceLayer made =
                require(network.addSlice(of(l.x()), fixed(l.start()), fixed(l.size()), fixed(l.stride())), node);
        made.setMode(nvinfer.SampleMode.valueOf("k" + l.mode()));
        input(made, 1, l.start());
        input(made, 2, l.size());
        input(made, 3, l.stride());
        l.fill().ifPresent(f -> made.setInput(4, of(f)));
        return made;
    }

    /** The numbers, or placeholders for those of a tensor. */
    private Dims64 fixed(Extents e) {
        return memory.dims(
                e instanceof Extents.Fixed f ? f.values() : Net.repeat(e.known().size(), 1));
    }

    private void input(ILayer layer, int index, Extents e) {
        if (e instanceof Extents.Computed c) {
            layer.setInput(index, of(c.tensor()));
        }
    }

    private ILayer resize(Layer.Resize l) {
        IResizeLayer made = require(network.addResize(of(l.x())), node);
        switch (l.size()) {
            case Extents.Fixed f -> made.setOutputDimensions(memory.dims(f.values()));
            case Extents.Computed c -> made.setInput(1, of(c.tensor()));
        }
        made.setResizeMode(interpolation(l.mode()));
        made.setCoordinateTransformation(nvinfer.ResizeCoordinateTransformation.valueOf("k" + l.coordinates()));
        made.setSelectorForSinglePixel(
                l.upperForSinglePixel() ? nvinfer.ResizeSelector.kUPPER : nvinfer.ResizeSelector.kFORMULA);
        if (l.mode() == Layer.InterpolationMode.NEAREST) {
            made.setNearestRounding(nvinfer.ResizeRoundMode.valueOf("k" + l.rounding()));
        }
        if (l.mode() == Layer.InterpolationMode.CUBIC) {
            made.setCubicCoeff((float) l.cubicCoefficient());
        }
        made.setExcludeOutside(l.excludeOutside());
        return made;
    }

    private static nvinfer.InterpolationMode interpolation(Layer.InterpolationMode mode) {
        return nvinfer.InterpolationMode.valueOf("k" + mode);
    }

    private List<ITensor> topK(Layer.TopK l, String name) {
        int k = l.k() instanceof Extents.Fixed f ? Math.toIntExact(f.values().getFirst()) : 1;
        ITopKLayer made = require(
                network.addTopK(
                        of(l.x()),
                        nvinfer.TopKOperation.valueOf("k" + l.op()),
                        k,
                        1 << l.axis(),
                        nvinfer.DataType.kINT64),
                name);
        input(made, 1, l.k());
        return outputs(made, name, 2);
    }

    private List<ITensor> nonMaxSuppression(Layer.NonMaxSuppression l, String name) {
        INMSLayer made = require(
                network.addNMS(of(l.boxes()), of(l.scores()), of(l.maxOutput()), nvinfer.DataType.kINT64), name);
        l.iouThreshold().ifPresent(t -> made.setInput(3, of(t)));
        l.scoreThreshold().ifPresent(t -> made.setInput(4, of(t)));
        made.setBoundingBoxFormat(nvinfer.BoundingBoxFormat.valueOf("k" + l.format()));
        return outputs(made, name, 2);
    }

    private ILayer fill(Layer.Fill l) {
        IFillLayer made = require(
                network.addFill(
                        fixed(l.size()),
                        nvinfer.FillOperation.valueOf("k" + l.op()),
                        NativeMemory.type(l.alpha().type())),
                node);
        input(made, 0, l.size());
        made.setInput(1, of(l.alpha()));
        made.setInput(2, of(l.beta()));
        return made;
    }

    // Values.

    private ITensor constant(Tensor value, DataType type) {
        Weights weights = memory.weights(value, type);
        String name = "weights" + named.size();
        named.put(name, weights);
        added = weights;
        List<Long> dims = Arrays.stream(value.dims()).boxed().toList();
        ITensor made =
                require(network.addConstant(memory.dims(dims), weights), name).getOutput(0);
        network.setWeightsName(weights, name);
        return made;
    }

    private ITensor vector(List<Integer> values) {
        return constant(Tensor.of(values.stream().mapToInt(i -> i).toArray(), values.size()), DataType.INT32);
    }

    private static int mask(List<Integer> axes) {
        return axes.stream().mapToInt(a -> 1 << a).sum();
    }
}
