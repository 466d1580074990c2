package dev.lathe.ir.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.LatheException.Fault;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputValuesTest {
    private static final Dim BATCH = Dim.symbol("batch");
    private static final Dim SEQ = Dim.symbol("seq");
    private static final TensorType IDS = TensorType.of(ElementType.I64, Shape.of(BATCH, SEQ));
    private static final List<Port> PORTS = List.of(
            new Port("ids", IDS),
            new Port("attention_mask", IDS),
            new Port("x", TensorType.of(ElementType.F32, Shape.of(BATCH, Dim.of(3)))));

    @Test
    void whatIsNotGivenIsRandomOfTheRightTypeAndSaidSo() {
        InputValues values = new InputValues(PORTS).limit("ids", 1000);
        values.shape("ids=2x5");
        Map<String, Datum> all = values.complete();
        Tensor ids = (Tensor) all.get("ids");
        assertThat(ids.dims()).containsExactly(2, 5);
        assertThat(LongStream.of(ids.toLongArray()))
                .allMatch(v -> v >= 0 && v < 1000)
                .anyMatch(v -> v > 1);
        assertThat(((Tensor) all.get("attention_mask")).toLongArray()).containsOnly(1);
        assertThat(((Tensor) all.get("x")).dims()).containsExactly(2, 3);
        assertThat(InputCheck.bind(PORTS, all)).containsEntry("batch", 2L).containsEntry("seq", 5L);
        assertThat(values.notes())
                .hasSize(3)
                .first()
                .isEqualTo("input \"ids\" is not given: random, i64[2, 5], seed 0");
    }

    @Test
    void aGivenInputDecidesTheDimensionsOfTheOthers(@TempDir Path folder) {
        Tensor x = Tensor.of(new float[12], 4, 3);
        Path file = folder.resolve("x=1.npy");
        Npy.write(x, file);
        InputValues values = new InputValues(PORTS);
        values.parse("x=" + file);
        values.shape("seq=7");
        Map<String, Datum> all = values.complete();
        assertThat(all.get("x")).isEqualTo(x);
        assertThat(((Tensor) all.get("ids")).dims()).containsExactly(4, 7);
    }

    @Test
    void dimensionsThatNobodyGivesAreChosenAndSaidSo() {
        InputValues values = new InputValues(PORTS);
        assertThat(((Tensor) values.complete().get("ids")).dims()).containsExactly(1, 64);
        assertThat(values.notes().getFirst()).endsWith("; choose other dimensions with --shape batch=N --shape seq=N");
    }

    @Test
    void aLiteralGetsLeadingDimensions() {
        InputValues values = new InputValues(PORTS);
        values.parse("ids=[101, 7592, 102]");
        values.parse("attention_mask=random");
        Map<String, Datum> all = values.complete();
        assertThat(all.get("ids")).isEqualTo(Tensor.of(new long[] {101, 7592, 102}, 1, 3));
        assertThat(((Tensor) all.get("attention_mask")).dims()).containsExactly(1, 3);
    }

    @Test
    void namesMayHoldEqualsSigns() {
        InputValues values = new InputValues(List.of(new Port("a=b", TensorType.of(ElementType.STRING, 1))));
        values.parse("a=b=[\"c=d\"]");
        assertThat(values.complete()).containsEntry("a=b", Tensor.ofStrings(new String[] {"c=d"}, 1));
    }

    @Test
    void theOnlyInputNeedsNoName() {
        InputValues values = new InputValues(List.of(new Port("x", IDS)));
        values.parse("[7]");
        assertThat(values.complete()).containsEntry("x", Tensor.of(new long[] {7}, 1, 1));
    }

    @Test
    void anExpressionFollowsItsSymbols() {
        InputValues values = new InputValues(List.of(
                new Port("x", TensorType.of(ElementType.F32, Shape.of(SEQ))),
                new Port(
                        "y",
                        TensorType.of(
                                ElementType.F32, Shape.of(SEQ.times(Dim.of(2)).plus(BATCH))))));
        values.shape("seq=5");
        values.shape("batch=1");
        assertThat(((Tensor) values.complete().get("y")).dims()).containsExactly(11);
    }

    @Test
    void sequencesAreEmpty() {
        SequenceType type = new SequenceType(IDS);
        InputValues values = new InputValues(List.of(new Port("s", type)));
        assertThat(values.complete()).containsEntry("s", new Datum.Sequence(type.element(), List.of()));
        values.parse("s=[[7, 8], 9]");
        assertThat(values.complete())
                .containsEntry(
                        "s",
                        new Datum.Sequence(
                                type.element(),
                                List.of(Tensor.of(new long[] {7, 8}, 1, 2), Tensor.of(new long[] {9}, 1, 1))));
    }

    @Test
    void mapsAreEmptyOrTyped() {
        InputValues values = new InputValues(List.of(new Port("m", MapType.of(ElementType.STRING, ElementType.F32))));
        assertThat(values.complete())
                .containsEntry("m", Datum.Mapping.of(ElementType.STRING, ElementType.F32, Map.of()));
        values.parse("m={age: 41, \"a, b\": 1.5}");
        assertThat(values.complete())
                .containsEntry(
                        "m", Datum.Mapping.of(ElementType.STRING, ElementType.F32, Map.of("age", 41, "a, b", 1.5)));
    }

    @Test
    void mistakesNameTheOptionAndWhatThereIs() {
        InputValues values = new InputValues(PORTS);
        assertThat(fault(() -> values.parse("ids"))).isEqualTo(Fault.USAGE);
        assertThat(fault(() -> values.parse("nope=[1]"))).isEqualTo(Fault.INPUT);
        assertThat(fault(() -> values.parse("x=missing.npy"))).isEqualTo(Fault.INPUT);
        assertThat(fault(() -> values.shape("x=2x4"))).isEqualTo(Fault.USAGE);
        assertThat(fault(() -> values.shape("ids=2"))).isEqualTo(Fault.USAGE);
        assertThat(fault(() -> values.shape("ids=2x-5"))).isEqualTo(Fault.USAGE);
        assertThat(fault(() -> values.shape("heads=2"))).isEqualTo(Fault.USAGE);
        assertThatThrownBy(() -> values.shape("heads=2"))
                .hasMessageContaining("\"ids\": i64[batch, seq]")
                .hasMessageContaining("its dimensions [batch, seq]");
    }

    @Test
    void contradictingShapesAreRefused() {
        InputValues values = new InputValues(PORTS);
        values.shape("ids=2x5");
        assertThat(fault(() -> values.shape("attention_mask=3x5"))).isEqualTo(Fault.USAGE);
    }

    private static Fault fault(Runnable call) {
        try {
            call.run();
        } catch (LatheException e) {
            return e.fault();
        }
        throw new AssertionError("no error");
    }
}
