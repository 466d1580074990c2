package dev.lathe.frontend.onnx.ops;

import static dev.lathe.frontend.onnx.Onnx.input;
import static dev.lathe.frontend.onnx.Onnx.longs;
import static dev.lathe.frontend.onnx.Onnx.model;
import static dev.lathe.frontend.onnx.Onnx.node;
import static dev.lathe.frontend.onnx.Onnx.read;
import static dev.lathe.frontend.onnx.Onnx.run;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.TensorProto.DataType;
import dev.lathe.ir.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Slices of slices whose ends only a run tells: each size is an expression of the one before. */
class SliceChainTest {
    private static final long BYTES_PER_SLICE = 1_000_000;

    /** Slices of axis 0 and 1; {@code starts} are inputs too, or 0. */
    private static ModelProto.Builder slices(int count, boolean starts) {
        List<Object> parts = new ArrayList<>();
        parts.add(input("v0", "n", "m"));
        parts.add(starts ? input("start", DataType.INT64, 2) : longs("start", 0, 0));
        for (int i = 0; i < count; i++) {
            parts.add(input("end" + i, DataType.INT64, 2));
            parts.add(node("Slice", "v" + i + " start end" + i, "v" + (i + 1)));
        }
        parts.add("v" + count);
        return model(13, parts.toArray());
    }

    private static long allocated(ModelProto.Builder model) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThat(read(model).outputs()).hasSize(1);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @Test
    void aLongChainTakesTheSameForEachSlice() {
        for (boolean starts : new boolean[] {false, true}) {
            read(slices(1, starts)); // loads classes
            assertThat(allocated(slices(300, starts))).isLessThan(300 * BYTES_PER_SLICE);
        }
    }

    @Test
    void sizesOfSizesAreRight() {
        Tensor x = Tensor.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 3, 4);
        Tensor tail = Tensor.vector(1, -3);
        Tensor cut = Tensor.vector(-1, 9);
        assertThat(run(slices(2, true), x, tail, cut, Tensor.vector(9, 2))).isEqualTo(Tensor.of(new float[0], 0, 2));
        assertThat(run(slices(1, true), x, tail, cut)).isEqualTo(Tensor.of(new float[] {5, 6, 7}, 1, 3));
        assertThat(run(slices(2, false), x, cut, Tensor.vector(-2, -2))).isEqualTo(Tensor.of(new float[0], 0, 2));
        assertThat(run(slices(2, false), x, cut, Tensor.vector(1, -2))).isEqualTo(Tensor.of(new float[] {0, 1}, 1, 2));
    }
}
