package dev.lathe.backend.tensorrt;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What TensorRT refuses of a network, though each of its layers is as it should be. */
class NetworkRulesTest {
    private static final long ANY = NetworkTensor.UNKNOWN;

    private final Net net = new Net(new NetworkRecorder());
    private NetworkTensor image;

    @BeforeEach
    void image() {
        image = net.network().input("image", DataType.FLOAT, List.of(ANY, 4L));
    }

    private NetworkTensor input(String name, DataType type, Long... dims) {
        return net.network().input(name, type, List.of(dims));
    }

    private NetworkTensor reshaped(NetworkTensor sizes) {
        return net.reshape(image, new Extents.Computed(sizes, List.of(ANY, ANY)));
    }

    private static void refuses(String why, Runnable layers) {
        assertThatThrownBy(layers::run).isInstanceOf(LayerException.class).hasMessageContaining(why);
    }

    @Test
    void sizesAreAVectorOfAsManyAsThereAreAxes() {
        refuses("the sizes of a reshape of FLOAT", () -> reshaped(input("floats", DataType.FLOAT, 2L)));
        refuses("of rank 2 instead of a vector", () -> reshaped(input("matrix", DataType.INT64, 1L, 2L)));
        refuses("whose number only a run tells", () -> reshaped(input("some", DataType.INT64, ANY)));
        refuses("are 3 numbers for 2 axes", () -> reshaped(input("three", DataType.INT64, 3L)));
        assertThatCode(() -> reshaped(input("two", DataType.INT64, 2L))).doesNotThrowAnyException();
    }

    @Test
    void whatIsComputedFromDataMayTellSizes() {
        NetworkTensor found = net.add(new Layer.NonZero(image));
        assertThatCode(() -> reshaped(net.shape(found))).doesNotThrowAnyException();
        NetworkTensor marks = input("marks", DataType.FLOAT, 2L);
        assertThatCode(() -> reshaped(net.cast(net.unary(Layer.UnaryOperation.EXP, marks), DataType.INT64)))
                .doesNotThrowAnyException();
    }

    @Test
    void scatteredNumbersTellNoSizes() {
        NetworkTensor sizes = scattered(2);
        refuses("the sizes of a reshape out of a Scatter layer", () -> reshaped(sizes));
        refuses("out of a Scatter layer", () -> reshaped(net.cast(net.sum(sizes, net.vector(1, 1)), DataType.INT32)));
        refuses(
                "out of a Scatter layer",
                () -> net.slice(
                        image,
                        new Extents.Computed(sizes, List.of(ANY, ANY)),
                        new Extents.Fixed(List.of(1L, 1L)),
                        List.of(1L, 1L)));
        refuses(
                "out of a Scatter layer",
                () -> net.all(new Layer.Assertion(
                        net.squeeze(
                                net.binary(Layer.ElementWiseOperation.LESS, net.element(sizes, 0), net.vector(3)),
                                List.of(0)),
                        "few")));
    }

    /** What is too large for a shape tensor is computed on the GPU, and what is taken of it is copied. */
    @Test
    void manyScatteredNumbersAreCopied() {
        NetworkTensor many = scattered(NetworkRules.MOST_ELEMENTS + 1);
        assertThatCode(() -> reshaped(net.gather(many, net.vector(0, 1), 0))).doesNotThrowAnyException();
        NetworkTensor few = scattered(NetworkRules.MOST_ELEMENTS);
        refuses("out of a Scatter layer", () -> reshaped(net.gather(few, net.vector(0, 1), 0)));
    }

    private NetworkTensor scattered(long n) {
        NetworkTensor data = input("data" + n, DataType.INT64, n);
        return net.add(new Layer.Scatter(data, net.vector(0), net.vector(7), Layer.ScatterMode.ELEMENT, 0));
    }

    @Test
    void numbersThatAreNeededAreScalars() {
        NetworkTensor one = input("one", DataType.INT64, 1L);
        refuses(
                "the number of elements of TopK of rank 1",
                () -> net.topK(image, Layer.TopKOperation.MAX, new Extents.Computed(one, List.of(ANY)), 1));
        refuses(
                "what an Assertion demands of rank 1",
                () -> net.all(
                        new Layer.Assertion(net.binary(Layer.ElementWiseOperation.LESS, one, net.vector(3)), "few")));
    }

    private NetworkTensor loop(int number) {
        net.all(new Layer.Loop(number));
        net.all(new Layer.TripLimit(number, net.constant(Tensor.scalar(3L)), Layer.TripLimitKind.COUNT));
        NetworkTensor count = net.add(new Layer.Recurrence(number, net.constant(Tensor.scalar(0L))));
        net.all(new Layer.RecurrenceNext(count, net.sum(count, net.constant(Tensor.scalar(1L)))));
        return count;
    }

    @Test
    void whatIsInsideOfALoopLeavesItByItsOutputs() {
        NetworkTensor count = loop(0);
        NetworkTensor twice = net.sum(count, count);
        refuses("inside of a Loop", () -> net.network().output("twice", twice));
        NetworkTensor last = net.add(new Layer.LastValue(0, count));
        NetworkTensor all = net.add(new Layer.Collected(0, twice, net.constant(Tensor.scalar(3L))));
        assertThatCode(() -> net.network().output("last", last)).doesNotThrowAnyException();
        assertThatCode(() -> net.network().output("all", all)).doesNotThrowAnyException();
    }

    @Test
    void aLoopBeginsWithWhatIsOutsideOfIt() {
        NetworkTensor count = loop(0);
        refuses(
                "the number of iterations of a Loop from inside of it",
                () -> net.all(new Layer.TripLimit(0, count, Layer.TripLimitKind.COUNT)));
        refuses(
                "the length of what a Loop collects from inside of it",
                () -> net.all(new Layer.Collected(0, count, count)));
        refuses(
                "the first value of what a Loop carries from inside of it",
                () -> net.all(new Layer.Recurrence(0, count)));
        // A loop inside of it begins with what it has, and its outputs are inside of the one around it.
        net.all(new Layer.Loop(1));
        net.all(new Layer.TripLimit(1, count, Layer.TripLimitKind.COUNT));
        NetworkTensor inner = net.add(new Layer.Recurrence(1, count));
        NetworkTensor last = net.add(new Layer.LastValue(1, inner));
        refuses("inside of a Loop", () -> net.network().output("inner", last));
    }

    @Test
    void reshapesToKnownSizesNeedNone() {
        assertThatCode(() -> net.add(new Layer.Shuffle(
                        image, Optional.empty(), Optional.of(new Extents.Fixed(List.of(-1L))), false)))
                .doesNotThrowAnyException();
    }
}
