package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.op.NonZero;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaBackendTest {
    private static final Dim N = Dim.symbol("n");

    static JavaArtifact compile(Graph graph) {
        return compile(graph, Numerics.DEFAULT);
    }

    static JavaArtifact compile(Graph graph, Numerics numerics) {
        CompileOptions options =
                CompileOptions.builder().threads(2).numerics(numerics).build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        JavaBackend backend = new JavaBackend();
        return backend.compile(PassManager.run(canonical, backend.pipeline(options), options.passContext()), options);
    }

    private static Tensor floats(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        Random random = new Random(7);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, random.nextGaussian());
        }
        return t;
    }

    private static void assertLikeReference(Graph graph, Map<String, Tensor> inputs) {
        Map<String, Tensor> expected = new ReferenceEvaluator(graph).call(inputs);
        try (Executable run = compile(graph).load()) {
            assertSame(expected, run.call(inputs));
        }
    }

    private static void assertSame(Map<String, Tensor> expected, Map<String, Tensor> actual) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, e) -> {
            Tensor a = Tensor.named(actual, name);
            assertThat(a.type()).isEqualTo(e.type());
            for (long i = 0; i < e.size(); i++) {
                assertThat(a.getDouble(i)).isCloseTo(e.getDouble(i), org.assertj.core.data.Offset.offset(1e-4));
            }
        });
    }

    /** A perceptron of two layers with a symbolic batch. */
    private static Graph perceptron() {
        Builder b = Builder.graph("perceptron");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(N, Dim.of(40))));
        Value hidden = b.relu(b.add(b.matMul(x, b.constant(floats(40, 33))), b.constant(floats(33))));
        Value y = b.add(b.matMul(hidden, b.constant(floats(33, 5))), b.constant(floats(5)));
        return b.build(List.of(y), List.of("y"));
    }

    @Test
    void oneArtifactServesEveryBatch() {
        Graph graph = perceptron();
        ReferenceEvaluator reference = new ReferenceEvaluator(graph);
        try (Executable run = compile(graph).load()) {
            for (long batch : new long[] {1, 13, 0, 100, 2}) {
                Map<String, Tensor> inputs = Map.of("x", floats(batch, 40));
                assertSame(reference.call(inputs), run.call(inputs));
            }
        }
    }

    /** Types may say what no machine holds; that is said when such a tensor would be given. */
    @Test
    void sizesThatNoMachineHoldsAreCompiled() {
        Builder b = Builder.graph("huge");
        Value x = b.input("x", TensorType.of(ElementType.F32, 1L << 22, 1L << 22, 4));
        Value none = b.constant(Tensor.zeros(ElementType.F32, 0, 1L << 22, 1L << 22));
        Graph graph = b.build(List.of(b.relu(x), none), List.of("y", "none"));
        try (Executable run = compile(graph).load()) {
            assertThatThrownBy(() -> run.call(Map.of("x", floats(1, 1, 4)))).isInstanceOf(LatheException.class);
        }
    }

    @Test
    void namesFromTheModelCannotReachTheSource() {
        List<String> names = List.of(
                "\"); System.exit(1); //",
                "\\u0022;",
                "*/ int x",
                "class",
                "int",
                "a\nb",
                "über",
                "",
                "日本",
                "x".repeat(500),
                "f",
                "m",
                "step");
        Builder b = Builder.graph("*/ } static { System.exit(1); } /*\\u002a\\u002f");
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        Value sum = null;
        for (String name : names) {
            Value v = b.input(name, TensorType.of(ElementType.F32, Shape.of(Dim.symbol("dim " + name), Dim.of(3))));
            Value total = b.reduce(ReduceFunction.REDUCE_SUM, v, List.of(0, 1), false);
            sum = sum == null ? total : b.add(sum, total);
            inputs.put(name, floats(2, 3));
        }
        assertLikeReference(b.build(List.of(sum), List.of("out\"\n")), inputs);
    }

    @Test
    void aModelMayBeNamedLikeAClassThatItUses() {
        for (String name : List.of("gemm", "tensor", "Math", "string", "add1", "vector_tiles", "list", "override")) {
            Builder b = Builder.graph(name);
            Value x = b.input("x", TensorType.of(ElementType.F32, 4, 4));
            Value y = b.add(b.matMul(b.exp(b.add(x, x)), b.constant(floats(4, 4))), x);
            assertLikeReference(b.build(List.of(y), List.of("y")), Map.of("x", floats(4, 4)));
        }
    }

    @Test
    void aJarHoldsItsSourcesAndLoadsAgain(@TempDir Path folder) throws Exception {
        Graph graph = perceptron();
        Path jar = folder.resolve("perceptron.jar");
        compile(graph).write(jar);
        assertThat(Files.size(jar)).isLessThan(600_000);
        try (JarFile file = new JarFile(jar.toFile())) {
            assertThat(file.getEntry("sources/model/Perceptron.java")).isNotNull();
            assertThat(file.getManifest().getMainAttributes().getValue("Lathe-Model"))
                    .isEqualTo("model.Perceptron");
        }
        Map<String, Tensor> inputs = Map.of("x", floats(3, 40));
        try (Executable run = JavaArtifact.load(jar, 1)) {
            assertSame(new ReferenceEvaluator(graph).call(inputs), run.call(inputs));
        }
        Path again = folder.resolve("again.jar");
        compile(graph).write(again);
        assertThat(Files.mismatch(jar, again))
                .as("equal models make equal jars")
                .isEqualTo(-1);
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactlyInAnyOrder(jar, again);
        }
    }

    @Test
    void aFileThatIsNoModelIsRefused(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("x.jar"), "no jar");
        assertThatThrownBy(() -> JavaArtifact.load(file, 0))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("is not a compiled model");
        assertThatThrownBy(() -> JavaArtifact.load(folder.resolve("none.jar"), 0))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("there is no file");
    }

    @Test
    void wrongInputsAreToldAtOnce() {
        try (Executable run = compile(perceptron()).load()) {
            assertThatThrownBy(() -> run.call(Map.of("z", floats(2, 40))))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("no input \"z\"")
                    .hasMessageContaining("input \"x\" is missing");
            assertThatThrownBy(() -> run.call(Map.of("x", floats(2, 41))))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("f32[2, 41]");
            assertThat(run.call(Map.of("x", floats(2, 40)))).hasSize(1);
        }
    }

    /** Types leave these open; the call must not read beside its buffers. */
    @Test
    void shapesThatDoNotFitAreTold() {
        Dim m = Dim.symbol("m");
        Builder b = Builder.graph("fits");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(N)));
        Value y = b.input("y", TensorType.of(ElementType.F32, Shape.of(m, Dim.of(3))));
        Value halves = b.exp(b.reshape(x, Shape.of(Dim.of(2), N.floorDiv(2))));
        Value product = b.matMul(halves, y);
        Value first = b.slice(b.exp(x), 0, Dim.ZERO, Dim.of(4));
        Graph graph = b.build(List.of(product, first), List.of("product", "first"));
        assertLikeReference(graph, Map.of("x", floats(8), "y", floats(4, 3)));
        try (Executable run = compile(graph).load()) {
            assertThatThrownBy(() -> run.call(Map.of("x", floats(9), "y", floats(4, 3))))
                    .hasMessageContaining("changes the number of elements");
            assertThatThrownBy(() -> run.call(Map.of("x", floats(8), "y", floats(5, 3))))
                    .hasMessageContaining("inner dimensions");
            assertThatThrownBy(() -> run.call(Map.of("x", floats(2), "y", floats(1, 3))))
                    .hasMessageContaining("reaches over the end");
            assertThat(run.call(Map.of("x", floats(8), "y", floats(4, 3)))).hasSize(2);
        }
    }

    @Test
    void shapesThatDependOnDataAreKnownWhenItRuns() {
        Builder b = Builder.graph("positive");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(N)));
        Value above = b.compare(Comparison.GREATER, x, b.scalar(x, 0));
        Value where = b.add(new NonZero(above, Dim.symbol("count")));
        Value index = b.reshape(where, Shape.of(Dim.symbol("count")));
        Value picked = b.gather(x, index, 0);
        Value y = b.add(b.unary(UnaryFunction.EXP, picked), picked);
        assertLikeReference(b.build(List.of(y, where), List.of("y", "where")), Map.of("x", floats(20)));
    }

    @Test
    void branchesMayGiveOtherShapes() {
        for (boolean condition : new boolean[] {true, false}) {
            Builder b = Builder.graph("branch");
            Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(N)));
            Value c = b.input("c", TensorType.scalar(ElementType.BOOL));
            Builder yes = b.region("yes");
            Value twice = yes.concat(List.of(x, x), 0);
            Builder no = b.region("no");
            Value negated = no.negate(x);
            Dim m = Dim.symbol("m");
            List<Value> r = b.addAll(new If(
                    c,
                    yes.build(List.of(twice), List.of("r")),
                    no.build(List.of(negated), List.of("r")),
                    List.of(TensorType.of(ElementType.F32, Shape.of(m))),
                    List.of("m")));
            Value y = b.multiply(r.getFirst(), b.scalar(x, 3));
            assertLikeReference(
                    b.build(List.of(y), List.of("y")), Map.of("x", floats(5), "c", Tensor.scalar(condition)));
        }
    }

    /** The carried values trade places, so none may be stored before both are read. */
    @Test
    void aLoopMaySwapWhatItCarries() {
        Builder b = Builder.graph("swap");
        TensorType type = TensorType.of(ElementType.F32, Shape.of(N));
        Value x = b.input("x", type);
        Value y = b.input("y", type);
        Value trips = b.input("trips", TensorType.scalar(ElementType.I64));
        Builder body = b.region("body");
        body.input("i", TensorType.scalar(ElementType.I64));
        Value go = body.input("go", TensorType.scalar(ElementType.BOOL));
        Value p = body.input("p", type);
        Value q = body.input("q", type);
        Value sum = body.binary(BinaryFunction.ADD, p, q);
        Graph region = body.build(List.of(go, q, p, sum), List.of("go", "p", "q", "sum"));
        List<Value> r = b.addAll(new Loop(
                Optional.of(trips),
                Optional.empty(),
                List.of(x, y),
                region,
                List.of(type, type, TensorType.of(ElementType.F32, Shape.of(Dim.symbol("k"), N))),
                List.of("k")));
        Graph graph = b.build(r, List.of("p", "q", "sums"));
        for (long n : new long[] {3, 0}) {
            assertLikeReference(
                    graph,
                    Map.of("x", floats(4), "y", Tensor.of(new float[] {1, 2, 3, 4}, 4), "trips", Tensor.scalar(n)));
        }
    }

    @Test
    void manyThreadsShareOneExecutable() throws Exception {
        Graph graph = perceptron();
        ReferenceEvaluator reference = new ReferenceEvaluator(graph);
        try (Executable run = compile(graph).load();
                ExecutorService pool = Executors.newFixedThreadPool(8)) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                Map<String, Tensor> inputs = Map.of("x", floats(1 + t, 40));
                Map<String, Tensor> expected = reference.call(inputs);
                all.add(pool.submit(() -> {
                    for (int i = 0; i < 50; i++) {
                        assertSame(expected, run.call(inputs));
                    }
                }));
            }
            for (Future<?> f : all) {
                f.get();
            }
        }
    }

    /** Outputs that are made in the caller's arrays: wherever these are, and when an input is among them. */
    @Test
    void outputsMayBeInputsOrOffTheHeap() {
        Builder b = Builder.graph("state");
        Value x = b.input("x", TensorType.of(ElementType.F32, 3, 32));
        Value next = b.add(x, x);
        Graph g = b.build(List.of(next, b.multiply(next, x), next), List.of("next", "y", "same"));
        for (boolean offHeap : List.of(false, true)) {
            try (Arena arena = Arena.ofConfined();
                    Executable run = compile(g).load()) {
                Tensor state = floats(3, 32);
                Map<String, Tensor> expected = new ReferenceEvaluator(g).call(Map.of("x", state));
                if (offHeap) {
                    Tensor moved = Tensor.of(ElementType.F32, state.dims(), arena.allocate(state.byteSize()));
                    moved.data().copyFrom(state.data().asSlice(0, state.byteSize()));
                    state = moved;
                }
                Map<String, Tensor> outputs = Map.of(
                        "next",
                        state,
                        "y",
                        Tensor.zeros(ElementType.F32, 3, 32),
                        "same",
                        Tensor.zeros(ElementType.F32, 3, 32));
                run.callInto(Map.of("x", state), outputs);
                assertSame(expected, outputs);
            }
        }
    }

    /** Steady is when the JIT is done; until then vectors are objects. */
    @Test
    void aSteadyCallAllocatesNothing() {
        var beans = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        long own = Long.MAX_VALUE;
        long all = Long.MAX_VALUE;
        try (Executable run = compile(perceptron()).load()) {
            Map<String, Tensor> inputs = Map.of("x", floats(64, 40));
            Map<String, Tensor> outputs = Map.of("y", Tensor.zeros(ElementType.F32, 64, 5));
            for (int window = 0; window < 2000 && (own > 0 || all > 4096); window++) {
                // Asking for the total allocates a little, so it encloses the other question.
                long before = beans.getTotalThreadAllocatedBytes();
                long ownBefore = beans.getThreadAllocatedBytes(thread);
                for (int i = 0; i < 100; i++) {
                    run.callInto(inputs, outputs);
                }
                own = beans.getThreadAllocatedBytes(thread) - ownBefore;
                all = beans.getTotalThreadAllocatedBytes() - before;
            }
            assertThat(own).as("bytes on this thread").isZero();
            assertThat(all)
                    .as("bytes on all threads, those of the JVM among them")
                    .isLessThanOrEqualTo(4096);
        }
    }
}
