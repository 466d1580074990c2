package dev.lathe.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Functions of arrays, by hand on {@code [[1, 2, 3], [4, 5, 6]]}. */
class LatheNDArrayTest {
    private final NDManager manager = Engine.getEngine("Lathe").newBaseManager();
    private final NDArray x = manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3));

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void elements() {
        assertThat(x.add(1).toFloatArray()).containsExactly(2, 3, 4, 5, 6, 7);
        assertThat(x.mul(manager.create(new float[] {1, 0, -1})).toFloatArray()).containsExactly(1, 0, -3, 4, 0, -6);
        assertThat(manager.create(new int[] {3, 4}).div(2).toFloatArray()).containsExactly(1.5f, 2);
        assertThat(manager.create(new int[] {3, 4}).add(2).toIntArray()).containsExactly(5, 6);
        assertThat(manager.create(new long[] {1, 2}).mul(x.get(":, 0")).getDataType())
                .isEqualTo(DataType.FLOAT32);
        assertThat(x.gt(3).toBooleanArray()).containsExactly(false, false, false, true, true, true);
        assertThat(x.clip(2, 4).toFloatArray()).containsExactly(2, 2, 3, 4, 4, 4);
        assertThat(x.neg().abs().square().sqrt().toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(x.toType(DataType.INT32, false).toIntArray()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(x.gt(3).logicalNot().logicalOr(x.gt(5)).toBooleanArray())
                .containsExactly(true, true, true, false, false, true);
    }

    @Test
    void axes() {
        assertThat(x.sum(new int[] {0}).toFloatArray()).containsExactly(5, 7, 9);
        assertThat(x.sum(new int[] {-1}, true).getShape()).isEqualTo(new Shape(2, 1));
        assertThat(x.mean().getFloat()).isEqualTo(3.5f);
        assertThat(x.max(new int[] {1}).toFloatArray()).containsExactly(3, 6);
        assertThat(x.min().getFloat()).isEqualTo(1);
        assertThat(x.argMax(1).toLongArray()).containsExactly(2, 2);
        assertThat(x.argMax().getLong()).isEqualTo(5);
        assertThat(x.softmax(0).sum().getFloat()).isCloseTo(3, within(1e-6f));
        assertThat(x.normalize(2, 1).square().sum(new int[] {1}).toFloatArray())
                .containsExactly(new float[] {1, 1}, within(1e-6f));
        assertThat(x.matMul(x.transpose()).toFloatArray()).containsExactly(14, 32, 32, 77);
    }

    @Test
    void shapes() {
        assertThat(x.expandDims(1).getShape()).isEqualTo(new Shape(2, 1, 3));
        assertThat(x.expandDims(-1).squeeze().getShape()).isEqualTo(new Shape(2, 3));
        assertThat(x.reshape(3, -1).getShape()).isEqualTo(new Shape(3, 2));
        assertThat(x.transpose().toFloatArray()).containsExactly(1, 4, 2, 5, 3, 6);
        assertThat(x.get(0).broadcast(2, 3).toFloatArray()).containsExactly(1, 2, 3, 1, 2, 3);
        assertThat(x.get("1, 0:2").toFloatArray()).containsExactly(4, 5);
        assertThat(x.get(":, -1").toFloatArray()).containsExactly(3, 6);
        assertThat(x.getFloat(1, 2)).isEqualTo(6);
        assertThat(NDArrays.stack(new NDList(x, x)).getShape()).isEqualTo(new Shape(2, 2, 3));
        assertThat(NDArrays.concat(new NDList(x, x), 1).getShape()).isEqualTo(new Shape(2, 6));
        assertThat(x.split(2).get(1).toFloatArray()).containsExactly(4, 5, 6);
        assertThatThrownBy(() -> x.reshape(4, 4)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void arraysChange() {
        NDArray copy = x.duplicate();
        copy.addi(1).muli(2);
        assertThat(copy.toFloatArray()).containsExactly(4, 6, 8, 10, 12, 14);
        copy.set(copy.gt(9), 0);
        assertThat(copy.toFloatArray()).containsExactly(4, 6, 8, 0, 0, 0);
        copy.set(FloatBuffer.wrap(new float[] {6, 5, 4, 3, 2, 1}));
        assertThat(copy.toFloatArray()).containsExactly(6, 5, 4, 3, 2, 1);
        assertThat(x.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
        copy.detach();
        manager.close();
        assertThat(copy.sum().getFloat()).isEqualTo(21);
    }

    @Test
    void arraysAreMade() {
        assertThat(manager.arange(1f, 4f).toFloatArray()).containsExactly(1, 2, 3);
        assertThat(manager.ones(new Shape(2)).toFloatArray()).containsExactly(1, 1);
        assertThat(manager.create(new boolean[] {true, false}).toBooleanArray()).containsExactly(true, false);
        assertThat(manager.create(new String[] {"a", "b"}).toStringArray()).containsExactly("a", "b");
        assertThat(NDArray.decode(manager, x.encode())).isEqualTo(x);
    }

    @Test
    void whatIsNotSupportedIsSaid() {
        assertThatThrownBy(() -> x.fft(2)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> x.getNDArrayInternal().relu())
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("relu");
    }
}
