package dev.lathe.frontend.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.ElementType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IrTextTest {
    private static final String SMALL = """
        graph @small(%x: f32[n, 2]) -> (f32[n, 2]) {
          %c = constant [1.0, -2.5] : f32[2]
          %y = add(%x, %c) : f32[n, 2] at "Add"(Add-13)
          %i = softmax(%y) {axis=1}
          return %i
        }
        """;

    private static Tensor constant(String literalAndType) {
        Graph g = IrText.parse("graph @g() -> () { %c = constant " + literalAndType + " return }");
        return ((Constant) g.nodes().getFirst().op()).value();
    }

    @Test
    void typesAndSpacesAreFree() {
        Graph g = IrText.parse(SMALL);
        assertThat(Printer.print(IrText.parse(SMALL.replace("\n", " ").replace(" : f32[n, 2]", ""))))
                .isEqualTo(Printer.print(g));
        assertThat(Printer.print(g)).contains("%i = softmax(%y) {axis=1} : f32[n, 2]");
    }

    @Test
    void literals() {
        assertThat(constant("2 : f16[2]").getDouble(1)).isEqualTo(2);
        assertThat(constant("-9223372036854775808 : i64[]").getLong(0)).isEqualTo(Long.MIN_VALUE);
        assertThat(constant("18446744073709551615 : u64[]").getLong(0)).isEqualTo(-1);
        assertThat(constant("[-8, 7, -1] : i4[3]")).isEqualTo(Tensor.of(ElementType.I4, new byte[] {0x78, 0x0f}, 3));
        assertThat(constant("nan_7fc00001 : f32[]").getBits(0)).isEqualTo(0x7fc00001L);
        assertThat(Double.doubleToRawLongBits(constant("-0.0 : f64[]").getDouble(0)))
                .isEqualTo(Long.MIN_VALUE);
        assertThat(constant("0.1 : f32[]").getFloat(0)).isEqualTo(0.1f);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "8 : i4[]|is not an element of type i4",
                "-1 : u8[]|is not an element of type u8",
                "1e10 : f16[]|is not an element of type f16",
                "inf : f8e4m3fn[]|is not an element of type f8e4m3fn",
                "nan_0 : f32[]|is not an element of type f32",
                "yes : bool[]|is not an element of type bool",
                "'\"a\" : f32[]'|is not an element of type f32",
                "1 : f32[n]|give it constant dimensions",
                "1 : f32[-2]|at least 0",
                "1 : f32[1000000, 1000000]|too large for text",
                "1 : f32[100000000]|too large",
                "99999999999999999999999999999999999999999999999999 : i64[]|is not an element of type i64",
            })
    void badLiterals(String text, String message) {
        assertThatThrownBy(() -> constant(text))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining(message);
    }

    @Test
    void anErrorSaysWhereWhatAndHow() {
        assertThatThrownBy(() -> IrText.parse(SMALL.replace("softmax", "softmacks")))
                .isInstanceOf(LatheException.class)
                .hasMessage("""
                    error[text.invalid]: text:4:8: there is no op softmacks
                      why: the text is `%i = softmacks(%y) {axis=1}`
                      fix: did you mean softmax?\
                    """);
    }

    @Test
    void aTypeThatNoTensorHasIsAnErrorWhereItStands() {
        assertThatThrownBy(() -> IrText.parse("graph @g(%x: f32[1-6]) -> (f32[1-6]) {\n return %x }"))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("text:1:14: a tensor of type f32[-5] has a negative size");
    }

    @Test
    void allSyntaxErrorsAreTold() {
        assertThatThrownBy(() -> IrText.parse("graph @g(%x f32[2]) -> () {\n %y = exp(%x,)\n return }\ngraph {}"))
                .isInstanceOfSatisfying(
                        LatheException.class,
                        e -> assertThat(e.diagnostics())
                                .hasSizeGreaterThanOrEqualTo(3)
                                .anyMatch(d -> d.what().startsWith("text:1:13: `f32` is not expected here"))
                                .anyMatch(d -> d.what().startsWith("text:2:14: `)` is not expected here"))
                                .anyMatch(d -> d.what().startsWith("text:4:7: `{` is not expected here")));
    }

    @Test
    void severalGraphs() {
        assertThat(IrText.parseAll(SMALL + SMALL, null)).hasSize(2);
        assertThatThrownBy(() -> IrText.parse(SMALL + SMALL)).hasMessageContaining("2 graphs");
    }

    @Test
    void filesThatAreNot(@TempDir Path folder) throws Exception {
        assertThatThrownBy(() -> IrText.read(folder.resolve("none.lir"))).hasMessageContaining("there is no file");
        assertThatThrownBy(() -> IrText.read(folder)).hasMessageContaining("is not a file");
        Path binary = Files.write(folder.resolve("binary.lir"), new byte[] {0, (byte) 0xff, (byte) 0x80, 8, 10});
        assertThatThrownBy(() -> IrText.read(binary))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("binary.lir:1:1");
    }

    @Test
    void namesDimensions() {
        String graph = "graph @g(%x: f32[$rows, n]) -> (f32[$rows, n]) { return %x }";
        Graph named = IrText.parse("$half = floor(n, 2)\n$rows = (n+$half)*(a+b+c+d+e+f+g+h)\n" + graph);
        assertThat(named.inputs().getFirst().tensorType().dim(0).evaluate(_ -> 2))
                .isEqualTo(48);
        assertThat(Printer.print(named)).startsWith("$");
        assertThat(Printer.print(IrText.parse(Printer.print(named)))).isEqualTo(Printer.print(named));
        assertThatThrownBy(() -> IrText.parse(graph)).hasMessageContaining("there is no dimension $rows");
        assertThatThrownBy(() -> IrText.parse("$rows = n\n$rows = m\n" + graph))
                .hasMessageContaining("defined already");
    }

    private static void refused(String text) {
        Assertions.assertTimeoutPreemptively(
                Duration.ofMinutes(5),
                () -> assertThatThrownBy(() -> IrText.parse(text)).isInstanceOf(LatheException.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[",
                "(",
                "{",
                "<",
                "f32[",
                "seq<",
                "graph @g(",
                "%x = f(",
                "\"",
                "$",
                "%",
                "\\",
                "-",
                "1",
                "a,",
                "\n",
                "é",
                "\0"
            })
    void megabytesOfOneThing(String piece) {
        refused(piece.repeat((4 << 20) / piece.length()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "graph @g(%x: f32[*]) -> () { return }",
                "graph @g() -> () { %c = constant [+] : f32[2] return }",
                "graph @g(%x: +f32[]>) -> () { return }",
                "graph @g(%x: f32[(+1)]) -> () { return }",
                "graph @g(%x: f32[floor(+2)]) -> () { return }",
            })
    void deepNesting(String frame) {
        for (int depth : new int[] {250, 100_000}) {
            String open =
                    frame.contains("f32[(") || frame.contains("floor") ? "(" : frame.contains("+f32") ? "seq<" : "[";
            refused(frame.replace("+", open.repeat(depth)).replace("f32[*]", "seq<".repeat(depth) + "f32[]"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a*a", "(a+b)*(a+b)", "floor(a, b)*(a+1)", "max(a, b)*(a+1)"})
    void largeDimensionsAreDefinedBySymbols(String piece) {
        StringBuilder dim = new StringBuilder("a");
        for (int i = 0; i < 60; i++) {
            dim.insert(0, "(").append("*").append(piece).append("+b").append(i).append(")");
        }
        for (String text : List.of(dim.toString(), "a*".repeat(1 << 16) + "a")) {
            String printed = Printer.print(IrText.parse("graph @g(%x: f32[" + text + "]) -> () { return }"));
            assertThat(printed).startsWith("$").hasSizeLessThan(1_000_000);
            assertThat(Printer.print(IrText.parse(printed))).isEqualTo(printed);
        }
        refused("graph @g(%x: f32[max(" + "a, ".repeat(1 << 18) + "a)]) -> () { return }");
        refused("graph @g(%x: f32[" + "9".repeat(1 << 20) + "]) -> () { return }");
    }

    @Test
    void manyConstantsOfFewCharactersAreNotAllMade() {
        refused("graph @g() -> () {" + " %c = constant 0 : c128[4000000]".repeat(1000) + " return }");
    }

    @Test
    void textIsAscii() {
        Graph g = IrText.parse("graph @\"é\"(%\"ü\": f32[\"größe\"]) -> (f32[\"größe\"]) { return %\"ü\" }");
        assertThat(StandardCharsets.US_ASCII.newEncoder().canEncode(Printer.print(g)))
                .isTrue();
        assertThat(IrText.parse(Printer.print(g)).inputs().getFirst().name()).isEqualTo("ü");
        assertThat(List.copyOf(g.inputSymbols())).containsExactly("größe");
    }
}
