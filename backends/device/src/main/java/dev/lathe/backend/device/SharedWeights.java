package dev.lathe.backend.device;

import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The weights of a model in the memory of a device, and what else the calls of the model share. All of it goes when the
 * model is closed and the last of the calls has ended.
 *
 * @param <B> where a weight lies on the device
 */
public abstract class SharedWeights<B> {
    private final Map<Object, B> buffers = new HashMap<>();
    /** The model, and its executions. */
    private int users = 1;

    /** Puts bytes, which the caller may change afterwards, into memory of the device. */
    protected abstract B upload(MemorySegment bytes);

    /** Gives back everything. */
    protected abstract void release(Collection<B> uploaded);

    /** The elements of a weight, which {@code tensor} is. */
    public final B elements(Weight weight, Tensor tensor) {
        return uploaded(weight, () -> tensor.data().asSlice(0, tensor.byteSize()));
    }

    /** Arranged weights; {@code tensor} finds the tensor that a weight is. */
    public final B panels(Panels panels, Function<Weight, Tensor> tensor) {
        return uploaded(
                panels,
                () -> MemorySegment.ofArray(
                        panels instanceof Panels.Zeros(long size)
                                ? new float[Math.toIntExact(size)]
                                : panels.arrange(tensor.apply(panels.weight()))));
    }

    /** What is uploaded when it is asked for first. */
    protected final synchronized B uploaded(Object key, Supplier<MemorySegment> bytes) {
        B known = buffers.get(key);
        if (known == null) {
            known = upload(bytes.get());
            buffers.put(key, known);
        }
        return known;
    }

    /**
     * Notes another user.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code run.closed} if the last one has gone, and all this with it
     */
    public final synchronized void use() {
        if (users == 0) {
            throw InputCheck.closed();
        }
        users++;
    }

    /** Notes that a user has gone; with the last one goes everything. */
    public final synchronized void leave() {
        if (--users == 0) {
            List<B> all = List.copyOf(buffers.values());
            buffers.clear();
            release(all);
        }
    }

    /** Whether the last user has gone. */
    public final synchronized boolean isReleased() {
        return users == 0;
    }
}
