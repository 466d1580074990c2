package dev.lathe.runtime.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.LatheException.Fault;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
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

    @TempDir
    private Path folder;

    private static InputValues values(List<Port> ports) {
        return new InputValues(
                ports,
                name -> name.equals("ids")
                        ? new InputRole.Index(1000)
                        : InputRole.named(
                                name,
                                ports.stream()
                                        .filter(p -> p.name().equals(name))
                                        .findFirst()
                                        .orElseThrow()
                                        .type()));
    }

    private static InputValues values(List<Port> ports, String shape) {
        return values(ports).shapes(ShapeText.parse(List.of(shape)));
    }

    private static Datum read(Port port, String text) {
        return Datum.named(values(List.of(port)).read(List.of(text)), port.name());
    }

    @Test
    void whatIsNotGivenIsMadeUpAndSaidSo() {
        InputValues values = values(PORTS, "ids=2x5");
        Map<String, Datum> all = values.read(List.of());
        Tensor ids = Tensor.named(all, "ids");
        assertThat(ids.dims()).containsExactly(2, 5);
        assertThat(LongStream.of(ids.toLongArray()))
                .allMatch(v -> v >= 0 && v < 1000)
                .anyMatch(v -> v > 1);
        assertThat(Tensor.named(all, "attention_mask").toLongArray()).containsOnly(1);
        assertThat(Tensor.named(all, "x").dims()).containsExactly(2, 3);
        assertThat(InputCheck.bind(PORTS, all)).containsEntry("batch", 2L).containsEntry("seq", 5L);
        assertThat(values.notes())
                .containsExactly(
                        "input \"ids\" is not given: random, i64[2, 5], seed 1",
                        "input \"attention_mask\" is not given: ones, i64[2, 5]",
                        "input \"x\" is not given: random, f32[2, 3], seed 1");
    }

    @Test
    void aGivenInputDecidesTheDimensionsOfTheOthers() {
        Tensor x = Tensor.of(new float[12], 4, 3);
        Path file = folder.resolve("x=1.npy");
        Npy.write(x, file);
        Map<String, Datum> all = values(PORTS, "seq=7").read(List.of("x=" + file));
        assertThat(all.get("x")).isEqualTo(x);
        assertThat(Tensor.named(all, "ids").dims()).containsExactly(4, 7);
    }

    @Test
    void dimensionsThatNobodyGivesAreChosenAndSaidSo() {
        InputValues values = values(PORTS);
        assertThat(Tensor.named(values.read(List.of()), "ids").dims()).containsExactly(1, 16);
        assertThat(values.notes().getFirst()).endsWith("; --shape chooses other sizes for batch, seq");
    }

    @Test
    void aLiteralGetsLeadingDimensions() {
        Map<String, Datum> all = values(PORTS).read(List.of("ids=[101, 7592, 102]", "attention_mask=random"));
        assertThat(all.get("ids")).isEqualTo(Tensor.of(new long[] {101, 7592, 102}, 1, 3));
        assertThat(Tensor.named(all, "attention_mask").dims()).containsExactly(1, 3);
    }

    @Test
    void namesMayHoldEqualsSigns() {
        Port port = new Port("a=b", TensorType.of(ElementType.STRING, 1));
        assertThat(read(port, "a=b=[\"c=d\"]")).isEqualTo(Tensor.ofStrings(new String[] {"c=d"}, 1));
    }

    @Test
    void theOnlyInputNeedsNoName() {
        assertThat(read(new Port("x", IDS), "[7]")).isEqualTo(Tensor.of(new long[] {7}, 1, 1));
    }

    @Test
    void aWordIsAValueOfAnInputOfStrings() {
        assertThat(read(new Port("s", TensorType.of(ElementType.STRING)), "s=hello"))
                .isEqualTo(Tensor.ofStrings(new String[] {"hello"}));
    }

    @Test
    void anExpressionFollowsItsSymbols() {
        List<Port> ports = List.of(
                new Port("x", TensorType.of(ElementType.F32, Shape.of(SEQ))),
                new Port(
                        "y",
                        TensorType.of(
                                ElementType.F32, Shape.of(SEQ.times(Dim.of(2)).plus(BATCH)))));
        Map<String, Datum> all = values(ports, "seq=5").read(List.of());
        assertThat(Tensor.named(all, "y").dims()).containsExactly(11);
    }

    @Test
    void sequencesMapsAndOptionalsAreTyped() {
        SequenceType sequence = new SequenceType(IDS);
        assertThat(read(new Port("s", sequence), "s=[[7, 8], 9]"))
                .hasToString("seq<i64[_, _]> [i64[1, 2] {7, 8}, i64[1, 1] {9}]");
        MapType map = MapType.of(ElementType.STRING, ElementType.F32);
        assertThat(read(new Port("m", map), "m={age: 41, \"a, b\": 1.5}"))
                .isEqualTo(Datum.Mapping.of(ElementType.STRING, ElementType.F32, Map.of("age", 41, "a, b", 1.5)));
        Port optional = new Port("o", new OptionalType(IDS));
        assertThat(read(optional, "o=null")).hasToString("optional<i64[_, _]> absent");
        assertThat(read(optional, "o=[1, 2]")).hasToString("optional<i64[_, _]> i64[1, 2] {1, 2}");
    }

    @Test
    void anOptionalThatIsNotGivenIsAbsent() {
        InputValues values = values(List.of(new Port("o", new OptionalType(IDS))));
        assertThat(values.read(List.of()).get("o")).hasToString("optional<i64[_, _]> absent");
        assertThat(values.notes()).containsExactly("input \"o\" is not given: absent, " + new OptionalType(IDS));
    }

    @Test
    void mistakesNameTheOptionAndWhatThereIs() {
        assertThat(fault("ids")).isEqualTo(Fault.INPUT);
        assertThat(fault("nope=[1]")).isEqualTo(Fault.INPUT);
        assertThat(fault("x=missing.npy")).isEqualTo(Fault.INPUT);
        for (String shape : List.of("x=2x4", "ids=2", "ids=2x-5", "heads=2", "=3")) {
            assertThatThrownBy(() -> values(PORTS, shape).read(List.of()))
                    .as(shape)
                    .isInstanceOfSatisfying(
                            LatheException.class, e -> assertThat(e.fault()).isEqualTo(Fault.USAGE));
        }
        assertThatThrownBy(() -> values(PORTS, "heads=2").read(List.of()))
                .hasMessageContaining("the inputs are ids, attention_mask, x; sizes that can be chosen: batch, seq");
    }

    @Test
    void contradictingShapesAreRefused() {
        Map<String, Shape> shapes = ShapeText.parse(List.of("ids=2x5", "attention_mask=3x5"));
        assertThatThrownBy(() -> values(PORTS).shapes(shapes).read(List.of()))
                .hasMessageContaining("cannot have shape [3, 5]");
    }

    private static Fault fault(String input) {
        try {
            values(PORTS).read(List.of(input));
        } catch (LatheException e) {
            return e.fault();
        }
        throw new AssertionError("no error");
    }

    @Test
    void anArchiveOfNumPyGivesOneInputOrAll() throws IOException {
        Path archive = folder.resolve("all.npz");
        Tensor x = Tensor.of(new float[] {1, 2, 3}, 1, 3);
        Tensor ids = Tensor.of(new long[] {4, 5}, 1, 2);
        try (OutputStream file = Files.newOutputStream(archive);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            for (Map.Entry<String, Tensor> e : Map.of("x", x, "ids", ids).entrySet()) {
                zip.putNextEntry(new ZipEntry(e.getKey() + ".npy"));
                zip.write(Npy.bytes(e.getValue()));
                zip.closeEntry();
            }
        }
        assertThat(values(PORTS).read(List.of("x=" + archive))).containsEntry("x", x);
        assertThat(values(PORTS).read(List.of("attention_mask=" + archive + ":ids")))
                .containsEntry("attention_mask", ids);
        assertThat(values(PORTS).read(List.of(archive.toString())))
                .containsEntry("x", x)
                .containsEntry("ids", ids);
        assertThatThrownBy(() -> values(PORTS).read(List.of("x=" + archive + ":y")))
                .hasMessageContaining("has no entry \"y\"");
    }

    @Test
    void bareElementsHaveTheDeclaredTypeAndTheirLengthTellsAnOpenSize() throws IOException {
        Path file = folder.resolve("x.bin");
        ByteBuffer bytes = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 1; i <= 6; i++) {
            bytes.putFloat(i);
        }
        Files.write(file, bytes.array());
        assertThat(values(PORTS).read(List.of("x=" + file)))
                .containsEntry("x", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
        assertThat(Tensor.named(values(PORTS).read(List.of("ids=" + file)), "ids")
                        .type())
                .hasToString("i64[1, 3]");
        Files.write(file, new byte[23]);
        assertThatThrownBy(() -> values(PORTS).read(List.of("x=" + file))).hasMessageContaining("has 23 bytes");
        assertThatThrownBy(() -> values(PORTS, "x=9x3").read(List.of("x=" + file)))
                .hasMessageContaining("f32[9, 3] has 108");
    }

    @Test
    void arraysOfOtherNumbersAreConvertedIfTheyFit() {
        Port x = PORTS.get(2);
        Path file = folder.resolve("x.npy");
        Npy.write(Tensor.of(new double[] {0.1, 2, 3}, 1, 3), file);
        InputValues values = values(List.of(x));
        assertThat(values.read(List.of("x=" + file))).containsEntry("x", Tensor.of(new float[] {0.1f, 2, 3}, 1, 3));
        assertThat(values.notes()).containsExactly("input \"x\" is f64: converted to the model's f32");
        Npy.write(Tensor.of(new long[] {1, 1L << 40}, 1, 2), file);
        Port small = new Port("i", TensorType.of(ElementType.I32, 1, 2));
        assertThatThrownBy(() -> read(small, file.toString()))
                .hasMessageContaining("holds 1099511627776, which is no i32");
        Npy.write(Tensor.of(new float[] {1, 2}, 1, 2), file);
        assertThat(read(small, file.toString()).type()).hasToString("f32[1, 2]"); // the model refuses it
    }
}
