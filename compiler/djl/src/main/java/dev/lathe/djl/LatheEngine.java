package dev.lathe.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import dev.lathe.Lathe;
import org.jspecify.annotations.Nullable;

/**
 * The engine {@code Lathe}: runs {@code .jar} files that Lathe compiled, and compiles {@code .onnx} files when they are
 * loaded. It is for inference on CPUs. An application gets it by default where no engine of PyTorch, MXNet or
 * TensorFlow is beside it; others name it in {@code Criteria.Builder.optEngine}.
 */
public final class LatheEngine extends Engine {
    /** The name under which DJL knows it. */
    public static final String NAME = "Lathe";

    /** The smaller comes first: PyTorch has 2, the engine in DJL's tokenizers 4, and ONNX Runtime 10. */
    static final int RANK = 3;

    private final LatheNDManager system = LatheNDManager.system(this);

    LatheEngine() {}

    LatheNDManager system() {
        return system;
    }

    @Override
    public @Nullable Engine getAlternativeEngine() {
        return null;
    }

    @Override
    public String getEngineName() {
        return NAME;
    }

    @Override
    public int getRank() {
        return RANK;
    }

    @Override
    public String getVersion() {
        return Lathe.version();
    }

    @Override
    public boolean hasCapability(String capability) {
        return false; // DJL's are libraries for matrices, CUDA, and gradients of sparse arrays
    }

    @Override
    public Model newModel(String name, @Nullable Device device) {
        return new LatheModel(name, newBaseManager(device));
    }

    @Override
    public NDManager newBaseManager() {
        return newBaseManager(null);
    }

    @Override
    public NDManager newBaseManager(@Nullable Device device) {
        return system.newSubManager(device == null ? Device.cpu() : device);
    }

    @Override
    public GradientCollector newGradientCollector() {
        throw new UnsupportedOperationException(
                "the engine Lathe runs models and does not train them: train with another engine, export to ONNX, and"
                        + " load that");
    }

    @Override
    public String toString() {
        return NAME + ":" + getVersion();
    }
}
