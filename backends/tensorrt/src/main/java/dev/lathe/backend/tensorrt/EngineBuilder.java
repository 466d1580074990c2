package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.WholeFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.Dims64;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;
import org.bytedeco.tensorrt.nvinfer.IHostMemory;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvinfer.IOptimizationProfile;
import org.bytedeco.tensorrt.nvinfer.ITensor;
import org.bytedeco.tensorrt.nvinfer.ITimingCache;

/** Builds engines. */
final class EngineBuilder {
    private static final System.Logger LOGGER = System.getLogger("dev.lathe.tensorrt");
    private static final long MEBIBYTE = 1 << 20;

    private EngineBuilder() {}

    /**
     * Builds the engine of a graph, which takes from seconds to many minutes.
     *
     * @return the engine as TensorRT stores it
     * @throws LatheException {@code tensorrt.unsupported} for nodes without layers, {@code tensorrt.build} with
     * TensorRT's message if it builds none
     */
    static MemorySegment build(Graph graph, TensorRtOptions options, Gpu gpu) {
        Profiles profiles = Profiles.of(options, graph);
        try (NativeObjects objects = new NativeObjects()) {
            gpu.takeContext(objects);
            return build(graph, options, profiles, gpu, objects);
        }
    }

    private static MemorySegment build(
            Graph graph, TensorRtOptions options, Profiles profiles, Gpu gpu, NativeObjects objects) {
        EngineLog log = objects.free(new EngineLog(options.verbose()));
        IBuilder builder = objects.own(nvinfer.createInferBuilder(log));
        if (NativeTensorRt.isNothing(builder)) {
            throw NativeTensorRt.unavailable(
                    "TensorRT makes no builder: " + log.lastError(),
                    log.lastError().contains("libnvinfer_builder_resource")
                            ? "install all of TensorRT " + gpu.tensorRt()
                                    + ": the redist jar has no kernels for this GPU"
                            : "look whether the driver is new enough for TensorRT " + gpu.tensorRt());
        }
        EngineNetwork made = EngineNetwork.of(builder, gpu.release(), objects);
        List<Diagnostic> problems = Lowering.run(graph, made);
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.INPUT, problems);
        }
        IBuilderConfig config = objects.own(builder.createBuilderConfig());
        configure(config, options);
        if (SparseWeights.occurIn(graph)) {
            config.setFlag(nvinfer.BuilderFlag.kSPARSE_WEIGHTS);
        }
        requireValues(made.network(), profiles);
        for (Profiles.Profile p : profiles.all()) {
            config.addOptimizationProfile(profile(builder, p, values(graph)));
        }
        BytePointer stored = objects.free(readCache(options));
        ITimingCache cache = objects.own(config.createTimingCache(stored, stored.limit()));
        config.setTimingCache(cache, false);
        IHostMemory plan = objects.own(builder.buildSerializedNetwork(made.network(), config));
        if (NativeTensorRt.isNothing(plan)) {
            throw new LatheException(Diagnostic.error(
                    "tensorrt.build",
                    "TensorRT builds no engine: " + log.lastError(),
                    "add --verbose to see all that TensorRT logs"));
        }
        writeCache(options, config.getTimingCache());
        return copied(plan);
    }

    private static void configure(IBuilderConfig config, TensorRtOptions options) {
        if (options.workspace() > 0) {
            config.setMemoryPoolLimit(nvinfer.MemoryPoolType.kWORKSPACE, options.workspace() * MEBIBYTE);
        }
        if (options.builderOptimizationLevel() < 0 || options.builderOptimizationLevel() > 5) {
            throw usage(
                    "--builder-optimization-level cannot be " + options.builderOptimizationLevel(),
                    "give a number from 0 to 5");
        }
        config.setBuilderOptimizationLevel(options.builderOptimizationLevel());
        flag(config, nvinfer.BuilderFlag.kTF32, options.tf32());
        flag(config, nvinfer.BuilderFlag.kREFIT, options.refit());
        flag(config, nvinfer.BuilderFlag.kSTRIP_PLAN, options.stripWeights());
        flag(config, nvinfer.BuilderFlag.kREFIT_IDENTICAL, options.stripWeights() && !options.refit());
        config.setHardwareCompatibilityLevel(
                switch (options.hardwareCompatibility()) {
                    case "none" -> nvinfer.HardwareCompatibilityLevel.kNONE;
                    case "ampere+" -> nvinfer.HardwareCompatibilityLevel.kAMPERE_PLUS;
                    case "same-compute-capability" -> nvinfer.HardwareCompatibilityLevel.kSAME_COMPUTE_CAPABILITY;
                    default ->
                        throw usage(
                                "--hardware-compatibility cannot be " + options.hardwareCompatibility(),
                                "give none, ampere+ or same-compute-capability");
                });
        config.setProfilingVerbosity(nvinfer.ProfilingVerbosity.kDETAILED);
    }

    private static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.option", what, fix)));
    }

    private static void flag(IBuilderConfig config, nvinfer.BuilderFlag flag, boolean set) {
        if (set) {
            config.setFlag(flag);
        } else {
            config.clearFlag(flag);
        }
    }

    /** The inputs that have their numbers in profiles. */
    private static Set<String> values(Graph graph) {
        return graph.inputs().stream()
                .filter(v -> Profiles.isValues(v.type()))
                .map(Value::name)
                .collect(Collectors.toSet());
    }

    /** TensorRT must know between which numbers the inputs are that sizes are made of. */
    private static void requireValues(INetworkDefinition network, Profiles profiles) {
        for (int i = 0; i < network.getNbInputs(); i++) {
            ITensor input = network.getInput(i);
            String name = input.getName();
            boolean known = !profiles.all().isEmpty()
                    && profiles.all().stream().allMatch(p -> p.opt().containsKey(name));
            if (input.isShapeTensor() && !known) {
                throw usage(
                        "input \"" + name + "\" decides sizes, and TensorRT must know which numbers it may have",
                        "give them as --opt-shapes " + name
                                + ":2x3, and min-shapes and max-shapes if they differ, or make it a constant");
            }
        }
    }

    private static IOptimizationProfile profile(IBuilder builder, Profiles.Profile p, Set<String> values) {
        IOptimizationProfile made = builder.createOptimizationProfile();
        dimensions(made, nvinfer.OptProfileSelector.kMIN, p.min(), values);
        dimensions(made, nvinfer.OptProfileSelector.kOPT, p.opt(), values);
        dimensions(made, nvinfer.OptProfileSelector.kMAX, p.max(), values);
        return made;
    }

    private static void dimensions(
            IOptimizationProfile profile,
            nvinfer.OptProfileSelector which,
            Map<String, List<Long>> shapes,
            Set<String> values) {
        shapes.forEach((name, dims) -> {
            if (values.contains(name)) {
                long[] numbers = dims.stream().mapToLong(d -> d).toArray();
                profile.setShapeValuesV2(name, which, numbers, numbers.length);
                return;
            }
            try (Dims64 d = dims(dims)) {
                profile.setDimensions(name, which, d);
            }
        });
    }

    static Dims64 dims(List<Long> values) {
        Dims64 made = new Dims64();
        made.nbDims(values.size());
        for (int i = 0; i < values.size(); i++) {
            made.d(i, values.get(i));
        }
        return made;
    }

    /** What the file holds, nothing if there is none yet. */
    private static BytePointer readCache(TensorRtOptions options) {
        try {
            Path file = Path.of(options.timingCache());
            byte[] bytes = !options.timingCache().isEmpty() && Files.isRegularFile(file)
                    ? Files.readAllBytes(file)
                    : new byte[0];
            return new BytePointer(bytes).limit(bytes.length);
        } catch (IOException e) {
            throw new LatheException(Diagnostic.error(
                    "file.read",
                    "the timing cache " + options.timingCache() + " cannot be read: " + e,
                    "check the file"));
        }
    }

    private static void writeCache(TensorRtOptions options, ITimingCache cache) {
        if (options.timingCache().isEmpty()) {
            return;
        }
        try {
            MemorySegment bytes = taken(cache.serialize());
            WholeFile.write(Path.of(options.timingCache()), channel -> WholeFile.put(channel, bytes));
        } catch (LatheException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "the timing cache " + options.timingCache() + " cannot be written: " + e.getMessage());
        }
    }

    /** A copy of what TensorRT made, which is deleted. */
    static MemorySegment taken(IHostMemory memory) {
        try (NativeObjects objects = new NativeObjects()) {
            return copied(objects.own(memory));
        }
    }

    private static MemorySegment copied(IHostMemory memory) {
        MemorySegment bytes = MemorySegment.ofAddress(memory.data().address()).reinterpret(memory.size());
        return Arena.ofAuto().allocate(memory.size()).copyFrom(bytes);
    }

    /** Native memory as JavaCPP sees it. */
    static Pointer pointer(long at) {
        return new Pointer() {
            {
                this.address = at;
            }
        };
    }
}
