package dev.lathe.backend.tensorrt;

import dev.lathe.backend.Availability;
import java.util.Optional;

/**
 * The GPU that engines are built for, and what else an engine depends on.
 *
 * @param device its name and compute capability
 * @param driver the version of the driver
 * @param release the version of TensorRT without the patch
 * @param tensorRt the whole version
 */
record Gpu(Cuda cuda, String device, int driver, Version release, String tensorRt) {
    private static final String DRIVER_FIX =
            "install the driver of your NVIDIA GPU; `nvidia-smi` shows whether it works";

    /** Makes the context of the GPU that of the calling thread, to be given back with {@code objects}. */
    long takeContext(NativeObjects objects) {
        long context = cuda.takeContext(0);
        objects.release(() -> cuda.giveContextBack(0));
        cuda.use(context);
        return context;
    }

    /** The GPU of this machine; {@code tensorrtHome} as {@link NativeTensorRt#load} takes it. */
    static Availability probe(String tensorrtHome) {
        try {
            NativeTensorRt library = NativeTensorRt.load(tensorrtHome);
            Optional<Cuda> cuda = Cuda.driver();
            if (cuda.isEmpty()) {
                return new Availability.Missing(
                        "TensorRT " + library.version() + " is there, and no driver of CUDA (libcuda.so.1)",
                        DRIVER_FIX);
            }
            return cuda.get().devices() == 0
                    ? new Availability.Missing("the driver of CUDA finds no GPU", DRIVER_FIX)
                    : new Availability.Ready(cuda.get().device(0) + ", TensorRT " + library.version());
        } catch (NativeTensorRt.MissingException e) {
            return new Availability.Missing(e.what(), NativeTensorRt.fix());
        } catch (Cuda.CudaException e) {
            return new Availability.Missing("the driver of CUDA does not work: " + e.getMessage(), DRIVER_FIX);
        } catch (LinkageError e) {
            return new Availability.Missing("the classes of JavaCPP do not work: " + e, NativeTensorRt.fix());
        }
    }

    /**
     * The GPU, where it is needed.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code target.unavailable} if there is none
     */
    static Gpu require(String tensorrtHome) {
        NativeTensorRt library = NativeTensorRt.require(tensorrtHome);
        Cuda cuda = Cuda.driver()
                .orElseThrow(() -> NativeTensorRt.unavailable(
                        "target tensorrt needs a driver of CUDA (libcuda.so.1), and there is none", DRIVER_FIX));
        try {
            if (cuda.devices() == 0) {
                throw NativeTensorRt.unavailable("the driver of CUDA finds no GPU", DRIVER_FIX);
            }
            return new Gpu(cuda, cuda.device(0), cuda.version(), library.release(), library.version());
        } catch (Cuda.CudaException e) {
            throw NativeTensorRt.unavailable("the driver of CUDA does not work: " + e.getMessage(), DRIVER_FIX);
        }
    }
}
