package dev.lathe.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDResource;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lathe.ir.tensor.Tensor;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/** Makes arrays, which are on the Java heap: closing a manager or an array only makes it unusable. */
class LatheNDManager extends BaseNDManager {
    private final Engine engine;

    private LatheNDManager(Engine engine, @Nullable NDManager parent, Device device) {
        this.engine = engine; // the superclass asks for it
        super(parent, device);
    }

    /** The manager above all others, which keeps nothing. */
    static LatheNDManager system(Engine engine) {
        return new SystemManager(engine);
    }

    @Override
    public final Engine getEngine() {
        return engine;
    }

    @Override
    public LatheNDManager newSubManager(Device of) {
        LatheNDManager manager = new LatheNDManager(engine, this, of);
        attachUncappedInternal(manager.uid, manager);
        return manager;
    }

    @Override
    public ByteBuffer allocateDirect(int capacity) {
        return ByteBuffer.allocateDirect(capacity).order(ByteOrder.nativeOrder());
    }

    /** The array of a tensor, which it shares. */
    LatheNDArray of(Tensor tensor) {
        return new LatheNDArray(this, tensor);
    }

    @Override
    public LatheNDArray from(NDArray array) {
        if (array instanceof LatheNDArray own) {
            return own;
        }
        LatheNDArray copy = array.getDataType() == DataType.STRING
                ? of(Tensor.ofStrings(array.toStringArray(), array.getShape().getShape()))
                : create(array.toByteBuffer(), array.getShape(), array.getDataType());
        copy.setName(array.getName());
        return copy;
    }

    @Override
    public LatheNDArray create(Shape shape, DataType type) {
        return of(Tensor.zeros(DataTypes.element(type), shape.getShape()));
    }

    @Override
    public LatheNDArray create(Buffer data, Shape shape, DataType type) {
        LatheNDArray array = create(shape, type);
        array.set(data);
        return array;
    }

    @Override
    public LatheNDArray create(String[] data, Charset charset, Shape shape) {
        return of(Tensor.ofStrings(data, shape.getShape()));
    }

    @Override
    public LatheNDArray zeros(Shape shape, DataType type) {
        return create(shape, type);
    }

    @Override
    public LatheNDArray ones(Shape shape, DataType type) {
        return full(shape, 1, type);
    }

    @Override
    public LatheNDArray full(Shape shape, float value, DataType type) {
        Tensor all = Tensor.zeros(DataTypes.element(type), shape.getShape());
        for (long i = 0; i < all.size(); i++) {
            all.setRounded(i, value, true);
        }
        return of(all);
    }

    @Override
    public LatheNDArray arange(float start, float stop, float step, DataType type) {
        int count = (int) Math.max(0, Math.ceil(((double) stop - start) / step));
        Tensor all = Tensor.zeros(DataTypes.element(type), count);
        for (int i = 0; i < count; i++) {
            all.setRounded(i, start + (double) i * step, true);
        }
        return of(all);
    }

    /** What is attached to it lives as long as the process, and is kept by nobody. */
    private static final class SystemManager extends LatheNDManager implements SystemNDManager {
        SystemManager(Engine engine) {
            super(engine, null, Device.cpu());
        }

        @Override
        public void attachInternal(String id, AutoCloseable... resources) {}

        @Override
        public void attachUncappedInternal(String id, AutoCloseable resource) {}

        @Override
        public void tempAttachInternal(NDManager original, String id, NDResource resource) {}

        @Override
        public void detachInternal(String id) {}

        @Override
        public void close() {}
    }
}
