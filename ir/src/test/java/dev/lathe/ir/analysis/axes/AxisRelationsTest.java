package dev.lathe.ir.analysis.axes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.axes.AxisRelations.Group;
import dev.lathe.ir.analysis.axes.AxisRelations.Slot;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.ReadDims;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What each kind of op ties, told by the constants that lose positions together. */
class AxisRelationsTest {
    private static final Dim B = Dim.symbol("batch");
    private static final Dim S = Dim.symbol("sequence");

    private final Builder b = Builder.graph("g");
    private int weights;

    private Value input(Dim... dims) {
        return b.input("x" + b.size(), new TensorType(ElementType.F32, Shape.of(dims)));
    }

    private Value input(long... dims) {
        return input(Shape.of(dims).dims().toArray(Dim[]::new));
    }

    /** A constant that is like no other. */
    private Value weight(String name, long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, ++weights);
        }
        return b.constant(t, name);
    }

    private Value dense(Value x, String name, long out) {
        return b.matMul(x, weight(name, x.tensorType().dim(-1).constant(), out));
    }

    private Value conv(Value x, String name, long out, long kernel, long groups) {
        long in = x.tensorType().dim(1).constant() / groups;
        return b.add(new Conv(
                x,
                weight(name, out, in, kernel, kernel),
                new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.ZERO), List.of(1L, 1L)),
                groups,
                ChannelLayout.CHANNELS_FIRST));
    }

    private List<String> groups(Value... outputs) {
        return groups(false, outputs);
    }

    /** Of each group the number of units, and the axes of constants with how many positions each unit has there. */
    private List<String> groups(boolean acrossNormalizations, Value... outputs) {
        Graph g = b.build(outputs);
        AxisRelations relations = new AxisRelations.Of(acrossNormalizations).of(g);
        List<String> all = new ArrayList<>();
        for (Group group : relations.groups()) {
            List<String> parts = new ArrayList<>();
            for (Slot s : group.units().getFirst().slots()) {
                if (relations.constants().containsKey(s.axis().value())) {
                    String times = s.positions().length == 1 ? "" : "*" + s.positions().length;
                    parts.add("%s.%d%s"
                            .formatted(s.axis().value().name(), s.axis().number(), times));
                }
            }
            all.add(group.units().size() + " "
                    + String.join(" ", parts.stream().sorted().toList()));
        }
        return all;
    }

    @Nested
    @DisplayName("products and convolutions")
    class Contractions {
        @Test
        void neuronsTieColumnsToTheRowsThatReadThem() {
            Value h = b.relu(b.add(dense(input(B, Dim.of(3)), "w1", 8), weight("bias", 8)));
            assertThat(groups(dense(h, "w2", 5))).containsExactly("8 bias.0 w1.1 w2.0");
        }

        @Test
        void inputsAndOutputsStay() {
            assertThat(groups(dense(input(4, 6), "w", 7))).isEmpty();
        }

        @Test
        void batchesOfMatricesGoTogether() {
            Value p = weight("p", 4, 3, 5);
            Value q = b.matMul(b.matMul(input(4, 2, 3), p), weight("q", 4, 5, 2));
            assertThat(groups(b.reduce(ReduceFunction.REDUCE_SUM, q, List.of(1), false)))
                    .containsExactly("5 p.2 q.1");
        }

        @Test
        void vectorsAreRowsAndColumns() {
            Value y = b.matMul(weight("row", 6), b.matMul(weight("m", 6, 4), weight("column", 4)));
            assertThat(groups(y)).containsExactlyInAnyOrder("6 m.0 row.0", "4 column.0 m.1");
        }

        @Test
        void channelsTieFiltersToTheDepthOfTheNext() {
            Value h = conv(input(1, 3, 8, 8), "w1", 16, 3, 1);
            h = b.multiply(h, weight("scale", 16, 1, 1));
            h = b.relu(b.add(h, weight("shift", 16, 1, 1)));
            assertThat(groups(conv(h, "w2", 4, 1, 1))).containsExactly("16 scale.0 shift.0 w1.0 w2.1");
        }

        @Test
        void depthwiseFiltersGoWithTheirChannel() {
            Value h = conv(conv(input(1, 3, 8, 8), "w1", 6, 1, 1), "deep", 6, 3, 6);
            assertThat(groups(conv(h, "w2", 4, 1, 1))).containsExactly("6 deep.0 w1.0 w2.1");
        }

        @Test
        void aDepthMultiplierTiesSeveralResults() {
            Value h = conv(conv(input(1, 3, 8, 8), "w1", 6, 1, 1), "deep", 12, 3, 6);
            assertThat(groups(conv(h, "w2", 4, 1, 1))).containsExactly("6 deep.0*2 w1.0 w2.1*2");
        }

        @Test
        void manyNarrowGroupsGoAsAWhole() {
            Value h = conv(conv(input(1, 3, 8, 8), "w1", 16, 1, 1), "grouped", 16, 3, 8);
            assertThat(groups(conv(h, "w2", 4, 1, 1))).containsExactly("8 grouped.0*2 w1.0*2 w2.1*2");
        }

        @Test
        void ofWideGroupsTheSameChannelsGo() {
            Value h = conv(conv(input(1, 3, 8, 8), "w1", 16, 1, 1), "grouped", 8, 3, 2);
            assertThat(groups(conv(h, "w2", 4, 1, 1)))
                    .containsExactlyInAnyOrder("8 grouped.1 w1.0*2", "4 grouped.0*2 w2.1*2");
        }

        @Test
        void transposedConvolutionsHaveTheirInputsFirst() {
            Value h = conv(input(1, 3, 8, 8), "w1", 6, 1, 1);
            TransposedWindow window = new TransposedWindow(
                    List.of(2L, 2L), Collections.nCopies(4, Dim.ZERO), List.of(0L, 0L), List.of(1L, 1L));
            h = b.add(new ConvTranspose(h, weight("up", 6, 5, 2, 2), window, 1, ChannelLayout.CHANNELS_FIRST));
            assertThat(groups(conv(h, "w2", 4, 1, 1))).containsExactlyInAnyOrder("6 up.0 w1.0", "5 up.1 w2.1");
        }

        @Test
        void channelsMayBeLast() {
            Value x = input(1, 8, 8, 3);
            Window window = new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.ZERO), List.of(1L, 1L));
            Value h = b.add(new Conv(x, weight("w1", 6, 3, 1, 1), window, 1, ChannelLayout.CHANNELS_LAST));
            h = b.add(h, weight("shift", 6));
            Value y = b.add(new Conv(h, weight("w2", 4, 6, 1, 1), window, 1, ChannelLayout.CHANNELS_LAST));
            assertThat(groups(y)).containsExactly("6 shift.0 w1.0 w2.1");
        }
    }

    @Nested
    @DisplayName("paths that part and meet")
    class Paths {
        @Test
        void residualSumsTieAllThatIsAdded() {
            Value x = conv(input(1, 3, 8, 8), "stem", 8, 1, 1);
            Value y = b.add(x, conv(b.relu(conv(x, "a", 5, 1, 1)), "b", 8, 1, 1));
            assertThat(groups(conv(y, "head", 2, 1, 1)))
                    .containsExactlyInAnyOrder("8 a.1 b.0 head.1 stem.0", "5 a.0 b.1");
        }

        @Test
        void partsOfAConcatHaveTheirOwnPlace() {
            Value x = input(1, 3, 8, 8);
            Value y = b.concat(List.of(conv(x, "a", 4, 1, 1), conv(x, "b", 6, 1, 1)), 1);
            assertThat(groups(conv(y, "head", 2, 1, 1))).containsExactlyInAnyOrder("4 a.0 head.1", "6 b.0 head.1");
        }

        @Test
        void partsOfASplitToo() {
            Value y = dense(input(B, Dim.of(3)), "w", 10);
            Value gate = b.unary(UnaryFunction.SIGMOID, b.slice(y, 1, Dim.of(0), Dim.of(5)));
            Value h = b.multiply(gate, b.slice(y, 1, Dim.of(5), Dim.of(5)));
            assertThat(groups(dense(h, "head", 2))).containsExactly("5 head.0 w.1*2");
        }

        @Test
        void gatesThatBroadcastTieTheChannelsTheyScale() {
            Value x = conv(input(1, 3, 8, 8), "w", 8, 1, 1);
            Value mean = b.reduce(ReduceFunction.REDUCE_MEAN, x, List.of(2, 3), true);
            Value gate = conv(b.relu(conv(mean, "squeeze", 3, 1, 1)), "excite", 8, 1, 1);
            assertThat(groups(conv(b.multiply(x, gate), "head", 2, 1, 1)))
                    .containsExactlyInAnyOrder("8 excite.0 head.1 squeeze.1 w.0", "3 excite.1 squeeze.0");
        }

        @Test
        void sharedWeightsLoseTheSameEverywhere() {
            Value w = weight("w", 4, 4);
            Value h = b.matMul(dense(input(B, Dim.of(3)), "first", 4), w);
            h = b.matMul(b.relu(h), w);
            assertThat(groups(dense(h, "last", 2))).containsExactly("4 first.1 last.0 w.0 w.1");
        }

        @Test
        void equalVectorsOfDifferentLayersDoNot() {
            Value zeros = b.constant(Tensor.zeros(ElementType.F32, 6), "zeros");
            Value h = b.add(dense(input(B, Dim.of(3)), "w1", 6), zeros);
            h = b.add(dense(b.relu(h), "w2", 6), zeros);
            assertThat(groups(dense(b.relu(h), "w3", 2)))
                    .containsExactlyInAnyOrder("6 w1.1 w2.0 zeros.0", "6 w2.1 w3.0 zeros.0");
        }

        @Test
        void whatARegionReadsStays() {
            Value h = dense(input(B, Dim.of(3)), "w", 6);
            Value c = b.input("c", TensorType.scalar(ElementType.BOOL));
            Builder yes = b.region("yes");
            Graph then = yes.build(List.of(yes.relu(h)), List.of("t"));
            Builder no = b.region("no");
            Graph otherwise = no.build(List.of(no.exp(h)), List.of("o"));
            Value y = b.add(new If(c, then, otherwise, List.of(h.type()), List.of()));
            assertThat(groups(dense(y, "head", 2))).isEmpty();
        }
    }

    @Nested
    @DisplayName("movements")
    class Movements {
        @Test
        void transposesPermute() {
            Value h = b.transpose(dense(input(B, S, Dim.of(3)), "w", 6), List.of(2, 0, 1));
            Value y = b.matMul(b.transpose(h, List.of(1, 2, 0)), weight("head", 6, 2));
            assertThat(groups(y)).containsExactly("6 head.0 w.1");
        }

        @Test
        void flatteningTiesAllPlacesOfAChannel() {
            Value h = b.reshape(conv(input(2, 3, 2, 2), "w", 5, 1, 1), Shape.of(2, 20));
            assertThat(groups(dense(h, "head", 2))).containsExactly("5 head.0*4 w.0");
        }

        @Test
        void headsGoAsAWholeWhateverTheBatch() {
            Value x = input(B, S, Dim.of(3));
            Value h = b.reshape(dense(x, "w", 8), Shape.of(B, S, Dim.of(4), Dim.of(2)));
            h = b.transpose(h, List.of(0, 2, 1, 3));
            h = b.reshape(h, Shape.of(B.times(4), S, Dim.of(2)));
            h = b.reshape(b.relu(h), Shape.of(B, Dim.of(4), S, Dim.of(2)));
            h = b.reshape(b.transpose(h, List.of(0, 2, 1, 3)), Shape.of(B, S, Dim.of(8)));
            assertThat(groups(dense(h, "head", 2))).containsExactly("4 head.0*2 w.1*2");
        }

        @Test
        void shuffledChannelsFindTheirWay() {
            Value h = conv(input(1, 3, 8, 8), "w", 8, 1, 1);
            h = b.reshape(h, Shape.of(1, 2, 4, 8, 8));
            h = b.reshape(b.transpose(h, List.of(0, 2, 1, 3, 4)), Shape.of(1, 8, 8, 8));
            Value left = conv(b.slice(h, 1, Dim.of(0), Dim.of(4)), "left", 2, 1, 1);
            Value right = conv(b.slice(h, 1, Dim.of(4), Dim.of(4)), "right", 2, 1, 1);
            assertThat(groups(left, right)).containsExactlyInAnyOrder("2 left.1*2 w.0*2", "2 right.1*2 w.0*2");
        }

        @Test
        void whatThreePartsShareIsWhatCanGo() {
            Value h = b.reshape(
                    dense(input(B, S, Dim.of(3)), "qkv", 24), Shape.of(B, S, Dim.of(3), Dim.of(4), Dim.of(2)));
            Value q = b.gather(h, b.constant(Tensor.scalar(0L)), 2);
            Value k = b.gather(h, b.constant(Tensor.scalar(1L)), 2);
            Value y = b.reshape(b.multiply(q, k), Shape.of(B, S, Dim.of(8)));
            assertThat(groups(dense(y, "head", 2))).containsExactly("4 head.0*2 qkv.1*6");
        }

        @Test
        void padsOfChannelsMove() {
            Value x = input(1, 3, 8, 8);
            List<Dim> before = List.of(Dim.ZERO, Dim.of(2), Dim.ZERO, Dim.ZERO);
            List<Dim> after = List.of(Dim.ZERO, Dim.ONE, Dim.ZERO, Dim.ZERO);
            Value h = b.add(new Pad(conv(x, "narrow", 4, 1, 1), Optional.empty(), before, after, PadMode.CONSTANT));
            h = b.add(h, conv(x, "wide", 7, 1, 1));
            assertThat(groups(conv(h, "head", 2, 1, 1)))
                    .containsExactlyInAnyOrder("4 head.1 narrow.0 wide.0", "3 head.1 wide.0");
        }

        @Test
        void resizedChannelsAreTheSameIfTheirNumberIs() {
            Value h = b.add(new Resize(
                    conv(input(1, 3, 8, 8), "w", 4, 1, 1),
                    Optional.empty(),
                    Optional.empty(),
                    Shape.of(1, 4, 16, 16),
                    ResizeMode.NEAREST,
                    CoordinateMode.ASYMMETRIC,
                    NearestMode.FLOOR,
                    -0.75,
                    false,
                    0,
                    false));
            assertThat(groups(conv(h, "head", 2, 1, 1))).containsExactly("4 head.1 w.0");
        }

        @Test
        void reshapesThatMixAxesPin() {
            Value h = b.reshape(dense(input(4, 3), "w", 6), Shape.of(3, 8));
            assertThat(groups(dense(h, "head", 2))).isEmpty();
        }
    }

    @Nested
    @DisplayName("what ends or pins an axis")
    class Ends {
        @Test
        void sumsEndAnAxis() {
            Value h = dense(input(B, Dim.of(3)), "w", 6);
            assertThat(groups(b.reduceSum(h, 1))).containsExactly("6 w.1");
        }

        @Test
        void meansAndExtremaNeedAll() {
            Value h = dense(input(B, Dim.of(3)), "w", 6);
            assertThat(groups(b.reduce(ReduceFunction.REDUCE_MEAN, h, List.of(1), true), b.reduceMax(h, 1)))
                    .isEmpty();
        }

        @Test
        void layerNormsNeedAllUnlessTheyMayChange() {
            Value h = dense(input(B, Dim.of(3)), "w", 6);
            h = b.add(new LayerNorm(h, Optional.of(weight("scale", 6)), Optional.of(weight("bias", 6)), 1, 1e-5));
            Value y = dense(h, "head", 2);
            assertThat(groups(y)).isEmpty();
            assertThat(groups(true, y)).containsExactly("6 bias.0 head.0 scale.0 w.1");
        }

        @Test
        void softmaxNeedsAllOfItsAxisOnly() {
            Value h = b.reshape(dense(input(B, Dim.of(3)), "w", 12), Shape.of(B, Dim.of(4), Dim.of(3)));
            h = b.reshape(b.add(new Softmax(h, 2)), Shape.of(B, Dim.of(12)));
            assertThat(groups(dense(h, "head", 2))).containsExactly("4 head.0*3 w.1*3");
        }

        @Test
        void attentionTiesHeadsOfQueriesKeysAndValues() {
            Value x = input(B, S, Dim.of(3));
            List<Value> heads = new ArrayList<>();
            for (String name : List.of("q", "k", "v")) {
                Value h = b.reshape(dense(x, name, 8), Shape.of(B, S, Dim.of(4), Dim.of(2)));
                heads.add(b.transpose(h, List.of(0, 2, 1, 3)));
            }
            Value mask = input(B, Dim.ONE, S, S);
            Value h = b.add(
                    new ScaledDotProductAttention(heads.get(0), heads.get(1), heads.get(2), Optional.of(mask), 0.7));
            h = b.reshape(b.transpose(h, List.of(0, 2, 1, 3)), Shape.of(B, S, Dim.of(8)));
            assertThat(groups(dense(h, "head", 2))).containsExactly("4 head.0*2 k.1*2 q.1*2 v.1*2");
        }

        @Test
        void rowsOfTablesStayAndColumnsGo() {
            Value ids = b.input("ids", new TensorType(ElementType.I64, Shape.of(B, S)));
            Value h = b.add(new Gather(weight("table", 10, 6), ids, 0));
            assertThat(groups(dense(h, "head", 2))).containsExactly("6 head.0 table.1");
        }

        @Test
        void placesThatAreLookedUpStay() {
            Value ids = b.input("ids", TensorType.of(ElementType.I64, 4, 5));
            Value h = b.matMul(weight("left", 4, 3), weight("w", 3, 6));
            assertThat(groups(b.add(new GatherElements(h, ids, 1)))).containsExactly("3 left.1 w.0");
        }

        @Test
        void poolsKeepChannels() {
            Value h = conv(input(1, 3, 8, 8), "w", 4, 1, 1);
            Window window = new Window(List.of(2L, 2L), Collections.nCopies(4, Dim.ZERO), List.of(1L, 1L));
            h = b.add(new Pool(PoolFunction.MAX_POOL, h, List.of(2L, 2L), window, false, ChannelLayout.CHANNELS_FIRST));
            assertThat(groups(conv(h, "head", 2, 1, 1))).containsExactly("4 head.1 w.0");
        }

        @Test
        void sizesThatAreReadFromDataPin() {
            Value n = b.input("n", TensorType.of(ElementType.I64, 1));
            b.addAll(new ReadDims(n, List.of("rows")));
            Value h = dense(input(4, 3), "w", 6);
            h = b.reshape(h, Shape.of(Dim.signedSymbol("rows"), Dim.of(6)));
            assertThat(groups(dense(h, "head", 2))).containsExactly("6 head.0 w.1");
        }

        @Test
        void compositesOfTheirOwnKindAreSeenThrough() {
            Value scale = weight("scale", 6);
            Value w = b.add(new Dequantize(
                    b.constant(Tensor.zeros(ElementType.I8, 3, 6), "codes"),
                    scale,
                    Optional.empty(),
                    ElementType.F32,
                    1,
                    0));
            Value h = b.add(new Gelu(b.matMul(input(B, Dim.of(3)), w), false));
            assertThat(groups(dense(h, "head", 2))).containsExactly("6 codes.1 head.0 scale.0");
        }
    }
}
