package dev.lathe.frontend.onnx;

import static dev.lathe.frontend.onnx.Onnx.floats;
import static dev.lathe.frontend.onnx.Onnx.g;
import static dev.lathe.frontend.onnx.Onnx.graph;
import static dev.lathe.frontend.onnx.Onnx.input;
import static dev.lathe.frontend.onnx.Onnx.model;
import static dev.lathe.frontend.onnx.Onnx.node;
import static dev.lathe.frontend.onnx.Onnx.problems;
import static dev.lathe.frontend.onnx.Onnx.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.TensorProto.DataType;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each fault of a model is told once, with the node, the operator, its opset, the types, and what to do. */
class ImportProblemsTest {
    private static Diagnostic only(List<Diagnostic> problems) {
        assertThat(problems).hasSize(1);
        Diagnostic d = problems.getFirst();
        assertThat(d.what()).isNotEmpty();
        assertThat(d.fix()).isNotEmpty();
        return d;
    }

    @Test
    void unknownOperator() {
        Diagnostic d =
                only(problems(model(13, input("x", 2), node("Frobnicate", "x", "y"), node("Neg", "y", "z"), "z")));
        assertThat(d.code()).isEqualTo("onnx.unknown-operator");
        assertThat(d.location().toString()).contains("the_y", "Frobnicate-13");
        assertThat(d.what()).contains("Frobnicate", "f32[2]");
    }

    @Test
    void operatorThatIsYoungerThanTheOpset() {
        Diagnostic d = only(problems(model(8, input("x", 2), node("Gelu", "x", "y"), "y")));
        assertThat(d.what()).contains("Gelu", "opset 8");
        assertThat(d.fix()).contains("newer opset");
    }

    @Test
    void operatorOfAnUnknownDomain() {
        Diagnostic d =
                only(problems(model(13, input("x", 2), node("Relu", "x", "y").setDomain("com.example"), "y")));
        assertThat(d.what()).contains("com.example:Relu");
    }

    @Test
    void opsetOfTheFuture() {
        Diagnostic d = only(problems(model(999, input("x", 2), node("Newest", "x", "y"), "y")));
        assertThat(d.code()).isEqualTo("onnx.opset");
        assertThat(d.what()).contains("999");
    }

    @Test
    void wrongElementType() {
        Diagnostic d = only(problems(model(13, input("x", DataType.STRING, 2), node("Exp", "x", "y"), "y")));
        assertThat(d.code()).isEqualTo("onnx.invalid-node");
        assertThat(d.location().toString()).contains("the_y", "Exp-13");
        assertThat(d.what()).contains("string[2]");
    }

    @Test
    void differentElementTypes() {
        Diagnostic d =
                only(problems(model(13, input("x", 2), input("y", DataType.INT64, 2), node("Add", "x y", "z"), "z")));
        assertThat(d.what()).contains("f32[2]", "i64[2]");
    }

    @Test
    void shapesThatDoNotFit() {
        Diagnostic d = only(problems(model(13, input("x", 2, 3), input("y", 4, 5), node("MatMul", "x y", "z"), "z")));
        assertThat(d.what()).contains("f32[2, 3]", "f32[4, 5]");
    }

    @Test
    void shapeOfMoreDimensionsThanThereAre() {
        for (String operator : List.of("Reshape", "Expand", "Unsqueeze", "ReduceSum")) {
            Diagnostic d = only(problems(model(
                    13, input("x", 2, 3), input("s", DataType.INT64, 134_217_729), node(operator, "x s", "z"), "z")));
            assertThat(d.code()).isEqualTo("onnx.invalid-node");
            assertThat(d.what()).contains("134217729 entries");
        }
    }

    @Test
    void missingOperand() {
        Diagnostic d = only(problems(model(13, input("x", 2), node("Add", "x", "z"), "z")));
        assertThat(d.what()).contains("operand 1 is missing");
    }

    @Test
    void operandThatNothingComputes() {
        Diagnostic d = only(problems(model(13, input("x", 2), node("Add", "x ghost", "z"), "z")));
        assertThat(d.code()).isEqualTo("onnx.undefined-value");
        assertThat(d.what()).contains("ghost");
    }

    @Test
    void outputThatNothingComputes() {
        Diagnostic d = only(problems(model(13, input("x", 2), node("Neg", "x", "z"), "z", "ghost")));
        assertThat(d.what()).contains("ghost");
    }

    @Test
    void cycle() {
        Diagnostic d = only(problems(
                model(13, input("x", 2), node("Add", "x b", "a"), node("Neg", "a", "b"), node("Neg", "b", "y"), "y")));
        assertThat(d.code()).isEqualTo("onnx.cycle");
        assertThat(d.what()).contains("the_a", "the_b");
    }

    @Test
    void nodeThatNeedsItself() {
        Diagnostic d = only(problems(model(13, input("x", 2), node("Add", "x y", "y"), "y")));
        assertThat(d.code()).isEqualTo("onnx.cycle");
    }

    @Test
    void twoNodesOfOneResult() {
        Diagnostic d = only(problems(model(13, input("x", 2), node("Neg", "x", "y"), node("Exp", "x", "y"), "y")));
        assertThat(d.code()).isEqualTo("onnx.duplicate-name");
        assertThat(d.what()).contains("\"y\"");
    }

    @Test
    void nodeThatHidesAnInput() {
        Diagnostic d = only(problems(model(13, input("x", 2), node("Neg", "x", "x"), "x")));
        assertThat(d.code()).isEqualTo("onnx.duplicate-name");
    }

    @Test
    void twoInputsOfOneName() {
        Diagnostic d = only(problems(model(13, input("x", 2), input("x", 3), node("Neg", "x", "y"), "y")));
        assertThat(d.code()).isEqualTo("onnx.duplicate-name");
    }

    @Test
    void twoWeightsOfOneName() {
        Diagnostic d = only(problems(model(
                13, floats("w", new float[] {1}, 1), floats("w", new float[] {2}, 1), node("Neg", "w", "y"), "y")));
        assertThat(d.code()).isEqualTo("onnx.duplicate-name");
    }

    @Test
    void moreResultsThanTheOperatorHas() {
        Diagnostic d = only(problems(model(13, input("x", 2), node("Neg", "x", "y z"), "y", "z")));
        assertThat(d.what()).contains("1 results", "2");
    }

    @Test
    void inputWithoutRank() {
        var x = Onnx.input("x");
        x.getTypeBuilder().getTensorTypeBuilder().clearShape();
        Diagnostic d = only(problems(model(13, x, node("Neg", "x", "y"), "y")));
        assertThat(d.code()).isEqualTo("onnx.input");
        assertThat(d.fix()).contains("--shape");
    }

    @Test
    void allProblemsAreToldAtOnce() {
        List<Diagnostic> all = problems(model(
                13,
                input("x", 2),
                node("Frobnicate", "x", "a"),
                node("Exp", "x", "fine"),
                node("Add", "fine ghost", "b"),
                node("MatMul", "x x3", "c"),
                floats("x3", new float[] {1, 2, 3}, 3),
                floats("short", new float[] {1}, 7),
                node("Neg", "short", "d"),
                node("Concat", "a b c d", "e", Onnx.i("axis", 0)),
                "e"));
        assertThat(all)
                .extracting(Diagnostic::code)
                .containsExactlyInAnyOrder(
                        "onnx.unknown-operator", "onnx.undefined-value", "onnx.invalid-node", "onnx.tensor");
    }

    @Test
    void problemsInBothBranchesAreToldOnce() {
        List<Diagnostic> all = problems(model(
                13,
                input("c", DataType.BOOL),
                input("x", 2),
                node(
                        "If",
                        "c",
                        "y",
                        g("then_branch", graph(node("Frob", "x", "t"), "t")),
                        g("else_branch", graph(node("Nicate", "x", "t"), "t"))),
                "y"));
        assertThat(all)
                .extracting(Diagnostic::what)
                .hasSize(2)
                .anyMatch(s -> s.contains("Frob"))
                .anyMatch(s -> s.contains("Nicate"));
    }

    /**
     * Behind an unknown operator, in a subgraph behind it, in a function behind it: every node is named in one
     * report.
     */
    @Test
    void everyUnknownOperatorIsTold() {
        var model = model(
                        13,
                        input("c", DataType.BOOL),
                        input("x", 2),
                        node("Frob", "x", "a"),
                        node("Nicate", "a", "b"),
                        node(
                                "If",
                                "c",
                                "d",
                                g("then_branch", graph(node("Inner", "b", "t"), "t")),
                                g("else_branch", graph(node("Relu", "b", "t"), "t"))),
                        node("F", "d", "y").setDomain("local"),
                        "y")
                .addOpsetImport(Onnx.opset("local", 1))
                .addFunctions(Onnx.function("local", "F", "i", "o", node("Deep", "i", "o")));
        assertThat(problems(model))
                .extracting(Diagnostic::what)
                .hasSize(4)
                .anyMatch(s -> s.contains("Frob"))
                .anyMatch(s -> s.contains("Nicate"))
                .anyMatch(s -> s.contains("Inner"))
                .anyMatch(s -> s.contains("Deep"));
    }

    @Test
    void aMisspeltOperatorHasASuggestion() {
        assertThat(problems(model(13, input("x", 2), node("Sofmax", "x", "y"), "y")))
                .singleElement()
                .satisfies(d -> assertThat(d.fix()).startsWith("did you mean Softmax"));
    }

    @Test
    void aShapeThatTheModelDoesNotTakeIsToldBeforeWhatComesOfIt() throws IOException {
        Path file = folder.resolve("model.onnx");
        Files.write(
                file,
                model(13, input("x", 2, "n"), input("w", 2, 3), node("Add", "x w", "y"), "y")
                        .build()
                        .toByteArray());
        assertThatThrownBy(() -> OnnxImporter.read(file, Map.of("x", Shape.of(5, 3))))
                .isInstanceOfSatisfying(
                        LatheException.class,
                        e -> assertThat(e.diagnostics())
                                .extracting(Diagnostic::code)
                                .containsExactly("shape.fixed", "onnx.invalid-node"))
                .hasMessageContaining("the shape given for input \"x\" is [5, 3], but the model's own is [2, n]");
    }

    @Test
    void tensorsOfMoreAxesThanAnyModelHas() {
        Object[] dims = new Object[65];
        Arrays.fill(dims, 1);
        assertThat(only(problems(model(13, input("x", dims), node("Neg", "x", "y"), "y")))
                        .what())
                .contains("a tensor of 65 axes, more than 64");
    }

    @Test
    void containersNestedDeeperThanAnyModelHas() {
        List<Object> parts = new ArrayList<>(List.of(input("x", 2)));
        for (int i = 0; i < 65; i++) {
            parts.add(node("SequenceConstruct", i == 0 ? "x" : "y" + i, "y" + (i + 1)));
        }
        parts.add("y65");
        assertThat(only(problems(model(13, parts.toArray()))).what())
                .contains("containers are nested more than 64 deep");
    }

    /** Forty functions, each of which calls the next one twice. */
    private static void addDoubling(ModelProto.Builder model) {
        for (int i = 0; i < 40; i++) {
            model.addFunctions(Onnx.function(
                    "local",
                    "F" + i,
                    "a",
                    "c",
                    Onnx.opset("", 13),
                    Onnx.opset("local", 1),
                    node(i == 39 ? "Neg" : "F" + (i + 1), "a", "b").setDomain(i == 39 ? "" : "local"),
                    node(i == 39 ? "Neg" : "F" + (i + 1), "b", "c").setDomain(i == 39 ? "" : "local")));
        }
    }

    @Test
    void functionsThatUnfoldWithoutEnd() {
        var model = model(13, input("x", 2), node("F0", "x", "y").setDomain("local"), "y")
                .addOpsetImport(Onnx.opset("local", 1));
        addDoubling(model);
        assertThat(problems(model)).extracting(Diagnostic::code).contains("onnx.too-large");
    }

    /** A chain of sums along axes of which only a run tells how many there are: a branch for each number. */
    private static ModelProto.Builder sums(int count) {
        Object[] parts = new Object[count + 3];
        parts[0] = input("v0", "a", "b", "c", "d");
        parts[1] = input("axes", DataType.INT64, "k");
        for (int i = 0; i < count; i++) {
            parts[i + 2] = node("ReduceSum", "v" + i + " axes", "v" + (i + 1));
        }
        parts[count + 2] = "v" + count;
        return model(13, parts);
    }

    @Test
    void whatBranchesMultiplyIsBoundedByTheSizeOfTheModel() {
        assertThat(read(sums(2)).outputs()).hasSize(1);
        Diagnostic d = only(problems(sums(50)));
        assertThat(d.code()).isEqualTo("onnx.too-many-cases");
        assertThat(d.location().toString()).contains("ReduceSum");
        assertThat(d.what()).contains("more than 3500 operations");
        assertThat(d.fix()).contains("--shape");
    }

    /** What is wrong in one branch leaves the other; that the whole is too large is no fault of a branch. */
    @Test
    void aBranchThatUnfoldsWithoutEndIsNotLeftOut() {
        var model = model(
                        13,
                        input("c", DataType.BOOL),
                        input("x", 2),
                        node(
                                "If",
                                "c",
                                "y",
                                g("then_branch", graph(node("F0", "x", "a").setDomain("local"), "a")),
                                g("else_branch", graph(node("Neg", "x", "b"), "b"))),
                        "y")
                .addOpsetImport(Onnx.opset("local", 1));
        addDoubling(model);
        assertThat(only(problems(model)).code()).isEqualTo("onnx.too-large");
    }

    @Test
    void subgraphsNestedWithoutEnd() {
        GraphProto.Builder inner = graph("x");
        for (int i = 0; i < 200; i++) {
            inner = graph(node("If", "c", "y", g("then_branch", inner), g("else_branch", graph("x"))), "y");
        }
        Diagnostic d = only(problems(
                model(13, inner.addInput(input("c", DataType.BOOL)).addInput(input("x", 2)))));
        assertThat(d.code()).isEqualTo("onnx.file");
    }

    // Files that are no models.

    @TempDir
    Path folder = Path.of("");

    private void assertNoModel(byte[] bytes) throws IOException {
        Path file = folder.resolve("m.onnx");
        Files.write(file, bytes);
        assertThatThrownBy(() -> OnnxImporter.read(file)).isInstanceOfSatisfying(LatheException.class, e -> {
            Diagnostic d = only(e.diagnostics());
            assertThat(d.code()).isEqualTo("onnx.file");
            assertThat(d.what()).contains("m.onnx");
        });
    }

    @Test
    void missingFile() {
        assertThatThrownBy(() -> OnnxImporter.read(folder.resolve("none.onnx")))
                .isInstanceOfSatisfying(
                        LatheException.class,
                        e -> assertThat(only(e.diagnostics()).what()).contains("none.onnx"));
    }

    @Test
    void folderInPlaceOfAFile() {
        assertThatThrownBy(() -> OnnxImporter.read(folder)).isInstanceOf(LatheException.class);
    }

    @Test
    void emptyFile() throws IOException {
        assertNoModel(new byte[0]);
    }

    @Test
    void randomBytes() throws IOException {
        byte[] bytes = new byte[10_000];
        new Random(1).nextBytes(bytes);
        assertNoModel(bytes);
    }

    @Test
    void picture() throws IOException {
        byte[] jpeg = new byte[500];
        new Random(2).nextBytes(jpeg);
        byte[] start = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0};
        System.arraycopy(start, 0, jpeg, 0, start.length);
        assertNoModel(jpeg);
    }

    @Test
    void truncatedModel() throws IOException {
        byte[] whole =
                model(13, input("x", 2), node("Neg", "x", "y"), "y").build().toByteArray();
        assertNoModel(java.util.Arrays.copyOf(whole, whole.length - 3));
    }

    @Test
    void modelWithoutGraph() throws IOException {
        assertNoModel(dev.lathe.grammar.onnx.ModelProto.newBuilder()
                .setIrVersion(8)
                .build()
                .toByteArray());
    }
}
