package dev.lathe.backend.tensorrt;

import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvonnxparser;
import org.bytedeco.tensorrt.nvinfer.ILogger;

/**
 * Engines of Lathe's networks beside those of TensorRT's own parser of ONNX, of the same files, in turns in one
 * process, with the same copies to and from the GPU. Arguments: models with inputs of fixed sizes. It needs a GPU, and
 * {@code TENSORRT_HOME} with {@code libnvonnxparser} in it.
 */
final class ParserBench {
    private static final int SAMPLES = 15;
    private static final long BLOCK_NANOS = 100_000_000L;

    private ParserBench() {}

    public static void main(String[] models) throws Exception {
        Gpu gpu = Gpu.require("");
        System.load(Path.of(NativeTensorRt.require("").origin())
                .resolveSibling("libnvonnxparser.so." + NativeTensorRt.api().major())
                .toString());
        System.load(NativeTensorRt.extracted("org/bytedeco/tensorrt/linux-x86_64/libjninvonnxparser.so")
                .toString());
        System.out.println(gpu.device() + ", driver " + gpu.driver() + ", TensorRT " + gpu.tensorRt());
        System.out.printf(
                "%-24s %10s %10s %10s %10s %8s %12s%n",
                "model", "build s", "parser's", "call ms", "parser's", "ratio", "difference");
        for (String model : models) {
            bench(Path.of(model), gpu);
        }
    }

    private static void bench(Path path, Gpu gpu) {
        CompileOptions options =
                CompileOptions.builder().target(TensorRtBackend.NAME).build();
        Graph graph =
                PassManager.run(OnnxImporter.read(path), Pipelines.canonical(options.level()), options.passContext());
        graph = PassManager.run(graph, new TensorRtBackend().pipeline(options), options.passContext());
        EngineFile file =
                TensorRtArtifact.of(graph, options, TensorRtArtifact::here).model();
        long start = System.nanoTime();
        MemorySegment ours = EngineBuilder.build(graph, file.options(), gpu);
        long between = System.nanoTime();
        MemorySegment theirs = parsed(path, gpu);
        long end = System.nanoTime();
        Executable a = new TensorRtModel(file, ours, gpu, Optional.empty());
        Executable b = new TensorRtModel(file, theirs, gpu, Optional.empty());
        Map<String, Tensor> inputs = inputs(graph);
        double difference = difference(a.call(inputs), b.call(inputs));
        double[] first = new double[SAMPLES];
        double[] second = new double[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            first[i] = sample(a, inputs);
            second[i] = sample(b, inputs);
        }
        Arrays.sort(first);
        Arrays.sort(second);
        double mine = first[SAMPLES / 2];
        double other = second[SAMPLES / 2];
        System.out.printf(
                Locale.ROOT,
                "%-24s %10.1f %10.1f %10.3f %10.3f %8.2f %12.2g%n",
                path.getFileName(),
                (between - start) / 1e9,
                (end - between) / 1e9,
                mine,
                other,
                mine / other,
                difference);
    }

    /** The engine that TensorRT builds of a file that it read itself. */
    private static MemorySegment parsed(Path path, Gpu gpu) {
        gpu.cuda().use(gpu.cuda().takeContext(0));
        EngineLog log = new EngineLog(false);
        var builder = nvinfer.createInferBuilder(log);
        var network = builder.createNetworkV2(NativeTensorRt.api().networkFlags());
        var parser = nvonnxparser.createParser(network, log);
        if (!parser.parseFromFile(path.toString(), ILogger.Severity.kWARNING.value)) {
            throw new IllegalStateException("the parser refuses " + path + ": " + log.lastError());
        }
        var config = builder.createBuilderConfig();
        config.clearFlag(nvinfer.BuilderFlag.kTF32);
        var plan = builder.buildSerializedNetwork(network, config);
        if (NativeTensorRt.isNothing(plan)) {
            throw new IllegalStateException("no engine of " + path + ": " + log.lastError());
        }
        return Arena.ofAuto()
                .allocate(plan.size())
                .copyFrom(MemorySegment.ofAddress(plan.data().address()).reinterpret(plan.size()));
    }

    private static Map<String, Tensor> inputs(Graph graph) {
        Random random = new Random(1);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (Value v : graph.inputs()) {
            TensorType type = (TensorType) v.type();
            long[] dims = type.shape().constants().orElseThrow();
            Tensor t = Tensor.zeros(type.element(), dims);
            for (long i = 0; i < t.size(); i++) {
                t.setDouble(i, type.element() == ElementType.F32 ? random.nextGaussian() : random.nextInt(2));
            }
            inputs.put(v.name(), t);
        }
        return inputs;
    }

    private static double difference(Map<String, Tensor> a, Map<String, Tensor> b) {
        double most = 0;
        for (Map.Entry<String, Tensor> e : a.entrySet()) {
            Tensor other = Tensor.named(b, e.getKey());
            double largest = 1e-30;
            double apart = 0;
            for (long i = 0; i < e.getValue().size(); i++) {
                largest = Math.max(largest, Math.abs(e.getValue().getDouble(i)));
                apart = Math.max(apart, Math.abs(e.getValue().getDouble(i) - other.getDouble(i)));
            }
            most = Math.max(most, apart / largest);
        }
        return most;
    }

    private static double sample(Executable e, Map<String, Tensor> inputs) {
        e.call(inputs);
        long start = System.nanoTime();
        int calls = 0;
        while (System.nanoTime() - start < BLOCK_NANOS) {
            e.call(inputs);
            calls++;
        }
        return (System.nanoTime() - start) / 1e6 / calls;
    }
}
