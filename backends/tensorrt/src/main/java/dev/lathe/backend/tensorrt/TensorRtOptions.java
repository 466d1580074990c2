package dev.lathe.backend.tensorrt;

import dev.lathe.passes.Option;

/**
 * What only the TensorRT target can be told; the names are those of TensorRT's own command line.
 *
 * @param minShapes the least shapes of each optimization profile: {@code x:1x3x224x224,y:1}, profiles apart by
 * {@code ;}
 * @param optShapes the shapes for which each profile is tuned
 * @param maxShapes the largest shapes of each profile
 * @param timingCache a file that keeps how fast kernels are, read before and written after a build
 * @param workspace the most memory of the GPU that a layer may use while it runs, in MiB; 0 for all
 * @param refit whether the weights of the engine can be replaced
 * @param builderOptimizationLevel how long TensorRT looks for fast kernels, 0 to 5
 * @param stripWeights whether the engine is written without its weights, which are put in when it is loaded
 * @param tf32 whether products of f32 may be rounded to 10 bits of mantissa, which is faster
 * @param hardwareCompatibility GPUs on which the engine is to run: {@code none} for the one it is built on, {@code
 * ampere+} for every one from Ampere on, {@code same-compute-capability}
 * @param verbose whether all that TensorRT logs is told as information, by the logger {@code dev.lathe.tensorrt}
 * @param tensorrtHome the folder of an installed TensorRT, for this process: no engine keeps it
 */
public record TensorRtOptions(
        @Option("the least shapes, name:1x3x224x224,…; the next profile after a semicolon")
        String minShapes,

        @Option("the shapes that profiles are tuned for, as min-shapes")
        String optShapes,

        @Option("the largest shapes, as min-shapes") String maxShapes,
        @Option("a file that keeps how fast kernels are") String timingCache,

        @Option("the most memory of the GPU that a layer may use, in MiB; all, if 0")
        long workspace,

        @Option("whether weights can be replaced later") boolean refit,

        @Option("how long TensorRT looks for fast kernels, 0 to 5")
        int builderOptimizationLevel,

        @Option("whether the engine is written without weights")
        boolean stripWeights,

        @Option("whether products of f32 may be rounded to tf32")
        boolean tf32,

        @Option("GPUs on which the engine runs: none but this kind, ampere+, or same-compute-capability")
        String hardwareCompatibility,

        @Option("whether all that TensorRT logs is told") boolean verbose,

        @Option("the folder of an installed TensorRT") String tensorrtHome) {
    /** What TensorRT does by itself. */
    public static final TensorRtOptions DEFAULT =
            new TensorRtOptions("", "", "", "", 0, false, 3, false, false, "none", false, "");

    /** With other shapes of a profile. */
    TensorRtOptions withShapes(String min, String opt, String max) {
        return with(min, opt, max, tensorrtHome);
    }

    /** Without the folder of this machine's TensorRT. */
    TensorRtOptions withoutHome() {
        return with(minShapes, optShapes, maxShapes, "");
    }

    private TensorRtOptions with(String min, String opt, String max, String home) {
        return new TensorRtOptions(
                min,
                opt,
                max,
                timingCache,
                workspace,
                refit,
                builderOptimizationLevel,
                stripWeights,
                tf32,
                hardwareCompatibility,
                verbose,
                home);
    }
}
