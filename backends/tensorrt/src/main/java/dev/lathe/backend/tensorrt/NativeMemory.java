package dev.lathe.backend.tensorrt;

import dev.lathe.ir.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.Dims64;
import org.bytedeco.tensorrt.nvinfer.ITensor;
import org.bytedeco.tensorrt.nvinfer.Weights;

/** What layers are given by its address: weights, sizes and lists. It stays until the engine is built. */
final class NativeMemory {
    private final List<Pointer> all = new ArrayList<>();

    <T extends Pointer> T keep(T p) {
        all.add(p);
        return p;
    }

    void release() {
        all.forEach(Pointer::deallocate);
    }

    static nvinfer.DataType type(DataType type) {
        return nvinfer.DataType.valueOf("k" + type);
    }

    Weights none(DataType type) {
        return keep(new Weights().type(type(type)).count(0));
    }

    Weights weights(Tensor value, DataType type) {
        if (value.size() == 0) {
            return none(type); // TensorRT wants no address then
        }
        BytePointer bytes = keep(new BytePointer(value.byteSize()));
        MemorySegment.ofAddress(bytes.address())
                .reinterpret(value.byteSize())
                .copyFrom(value.data().asSlice(0, value.byteSize()));
        return keep(new Weights().type(type(type)).values(bytes).count(value.size()));
    }

    PointerPointer<ITensor> pointers(List<ITensor> tensors) {
        PointerPointer<ITensor> made = keep(new PointerPointer<>(tensors.size()));
        for (int i = 0; i < tensors.size(); i++) {
            made.put(i, tensors.get(i));
        }
        return made;
    }

    Dims64 dims(List<Long> values) {
        Dims64 made = keep(new Dims64());
        made.nbDims(values.size());
        for (int i = 0; i < values.size(); i++) {
            made.d(i, values.get(i));
        }
        return made;
    }
}
