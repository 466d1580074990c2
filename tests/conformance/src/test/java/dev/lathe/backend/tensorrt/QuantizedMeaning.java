package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/** What Quantize and Dequantize layers give. */
final class QuantizedMeaning {
    private final ReferenceOps ops;

    QuantizedMeaning(ReferenceOps ops) {
        this.ops = ops;
    }

    /** The scale of each element of {@code x}. */
    private Tensor scales(NetworkTensor x, NetworkTensor scale, int axis) {
        Tensor s = ops.run(new Cast(ops.value(scale), ElementType.F64, true));
        Tensor data = ops.tensor(x);
        if (s.rank() == 1) {
            long[] dims = new long[data.rank()];
            Arrays.fill(dims, 1);
            dims[axis] = s.dim(0);
            s = s.reshape(dims);
        }
        Tensor all = Tensor.zeros(ElementType.F64, data.dims());
        if (s.rank() < 2) {
            return ops.run(new Broadcast(ops.value(s), data.shape()));
        }
        for (long i = 0; i < all.size(); i++) {
            long rest = i;
            long from = 0;
            long step = 1;
            for (int a = data.rank() - 1; a >= 0; a--) {
                long block = data.dim(a) / s.dim(a);
                from += rest % data.dim(a) / block * step;
                step *= s.dim(a);
                rest /= data.dim(a);
            }
            all.setDouble(i, s.getDouble(from));
        }
        return all;
    }

    Tensor quantize(Layer.Quantize l) {
        Value x = ops.value(ops.run(new Cast(ops.value(l.x()), ElementType.F64, true)));
        Tensor y = ops.run(new Binary(BinaryFunction.DIVIDE, x, ops.value(scales(l.x(), l.scale(), l.axis()))));
        Tensor out = Tensor.zeros(l.to().element(), y.dims());
        for (long i = 0; i < y.size(); i++) {
            if (l.to() == DataType.FP8) {
                out.setRounded(i, y.getDouble(i), true);
            } else {
                double most = Math.pow(2, l.to().element().bits() - 1);
                out.setLong(i, (long) Math.clamp(Math.rint(y.getDouble(i)), -most, most - 1));
            }
        }
        return out;
    }

    Tensor dequantize(Layer.Dequantize l) {
        Value x = ops.value(ops.run(new Cast(ops.value(l.x()), ElementType.F64, true)));
        Tensor y = ops.run(new Binary(BinaryFunction.MULTIPLY, x, ops.value(scales(l.x(), l.scale(), l.axis()))));
        return ops.run(new Cast(ops.value(y), l.to().element(), true));
    }
}
