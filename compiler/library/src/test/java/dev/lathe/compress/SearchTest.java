package dev.lathe.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SearchTest {
    private static final CompileOptions OPTIONS = CompileOptions.standard();

    private static Tensor random(long seed, long... dims) {
        Random r = new Random(seed);
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) r.nextGaussian());
        }
        return t;
    }

    /** A table, a product, and another one of a constant without a name. */
    private static Graph model() {
        Builder b = Builder.graph("words");
        Value ids = b.input("ids", new TensorType(ElementType.I64, Shape.of(Dim.of(1), Dim.symbol("n"))));
        Value rows = b.gather(b.constant(random(1, 200, 64), "table"), ids, 0);
        Value h = b.named(b.matMul(rows, b.constant(random(2, 64, 96), "first")), "h");
        Value y = b.named(b.matMul(b.relu(h), b.constant(random(3, 96, 32))), "y");
        return b.build(List.of(y), List.of("y"));
    }

    private static Dataset data() {
        return Dataset.of(
                6,
                i -> Map.of("ids", Tensor.of(new Random(i).longs(4 + i, 0, 200).toArray(), 1, 4 + i)));
    }

    private static Compressor compressor() {
        return Compressor.of(model(), OPTIONS).data(data());
    }

    private static Search.Found search(String budget, List<Report.Choice> heard) {
        return compressor().search("words", Budget.parse(budget), List.of(), Search.PRECISIONS, heard::add);
    }

    @Test
    void anArtifactTakesOtherNumbers() {
        Graph g = model();
        Model model = Lathe.compile(g, OPTIONS);
        Tensor first = g.nodes().stream()
                .filter(n -> n.result().name().equals("first"))
                .map(n -> ((Constant) n.op()).value())
                .findFirst()
                .orElseThrow();
        Map<String, Tensor> call = Map.of("ids", Tensor.of(new long[] {3, 4}, 1, 2));
        try (Executable zero = model.with(Map.of(first, Tensor.zeros(ElementType.F32, 64, 96)))
                        .orElseThrow()
                        .load();
                Executable same = model.load()) {
            assertThat(zero.call(call).get("y")).isEqualTo(Tensor.zeros(ElementType.F32, 1, 2, 32));
            assertThat(Tensor.named(same.call(call), "y").getFloat(0)).isNotZero();
        }
        assertThat(model.with(Map.of(random(2, 64, 96), random(2, 64, 96)))).isEmpty();
    }

    /** What the search sees of a weight is what the passes make of it. */
    @Test
    void sensitivityIsThatOfTheCompressedModel() {
        Sensitivity s = compressor().sensitivity(Search.PRECISIONS);
        assertThat(s.rows()).extracting(Sensitivity.Row::name).containsExactly("table", "first", "y_constant");
        assertThat(s.rows()).extracting(Sensitivity.Row::use).containsExactly("table", "product", "product");
        for (Sensitivity.Row row : s.rows()) {
            for (int i = 0; i < Search.PRECISIONS.size(); i++) {
                Strategy alone = new MixedPrecision(Map.of(row.name(), Search.PRECISIONS.get(i)));
                Compressed c = compressor().then(alone).run();
                double cosine = c.fidelity().meanCosine();
                // Of small noise, the cosine is 1 - noise / 2.
                assertThat(row.cells().get(i).noise())
                        .as(row.name() + " " + alone)
                        .isCloseTo(2 * (1 - cosine), within(2e-3 * Math.sqrt(1 - cosine) + 1e-6));
                assertThat(c.weights()).hasSize(1);
            }
            assertThat(row.cells().get(0).noise()).isLessThan(row.cells().get(2).noise());
            assertThat(row.cells().get(0).bytes()).isEqualTo(row.bytes() / 2);
        }
    }

    @Test
    void sensitivityShowsOneScaleForALayerAndOperands() {
        List<Strategy> ways = List.of(Quantization.WEIGHTS, Search.PER_TENSOR);
        Sensitivity s = compressor().sensitivity(ways);
        assertThat(s.options()).containsExactly("int8", "int8/tensor");
        assertThat(s.rows())
                .extracting(Sensitivity.Row::use)
                .containsExactly("table", "product", "product", "operand", "operand");
        for (Sensitivity.Row row : s.rows().subList(1, 3)) {
            assertThat(row.cells().get(0).noise()).isLessThan(row.cells().get(1).noise());
            assertThat(row.cells().get(1).bytes()).isEqualTo(row.elements() + 4);
        }
        for (Sensitivity.Row row : s.rows().subList(3, 5)) {
            assertThat(row.cells().get(0).changed()).isFalse();
            assertThat(row.cells().get(1).sqnr()).isBetween(30.0, 60.0);
        }
    }

    @Test
    void aBudgetOfSizeAndScoreIsFound() {
        List<Report.Choice> heard = new ArrayList<>();
        Search.Found found = search("size<=40%, cosine>=0.99", heard);
        Compressed best = found.best().orElseThrow();
        assertThat(best.score().after()).isGreaterThanOrEqualTo(0.99);
        assertThat((double) best.after().weightBytes())
                .isLessThan(0.4 * best.before().weightBytes());
        assertThat(heard).extracting(Report.Choice::step).contains("profile", "choose", "verify");
        assertThat(heard).allSatisfy(c -> assertThat(c.why()).isNotEmpty());
        assertThat(found.report().points()).filteredOn(Point::chosen).hasSize(1);
        assertThat(found.report().points().getLast().holds()).isTrue();
    }

    @Test
    void whatLosesLittleIsMadeAsSmallAsPossible() {
        Search.Found little = search("loss<=0.001%", new ArrayList<>());
        Search.Found much = search("loss<=5%", new ArrayList<>());
        assertThat(little.best().orElseThrow().loss()).isLessThanOrEqualTo(1e-5);
        assertThat(much.best().orElseThrow().loss()).isLessThanOrEqualTo(0.05);
        assertThat(much.best().orElseThrow().after().weightBytes())
                .isLessThan(little.best().orElseThrow().after().weightBytes());
    }

    @Test
    void whatCannotBeIsNotFound() {
        List<Report.Choice> heard = new ArrayList<>();
        Search.Found found = search("size<=5%, cosine>=0.9999", heard);
        assertThat(found.best()).isEmpty();
        assertThat(found.nearest()).hasSizeGreaterThan(1).noneMatch(Point::holds);
        assertThat(heard.getLast().what()).contains("nothing holds the budget");
        assertThat(found.report().written()).isFalse();
    }

    @Test
    void aModelThatHoldsItsBudgetStaysAsItIs() {
        Search.Found found =
                search("size<=100%, loss<=0%, memory<=1GB, parameters<=1M, flops<=100%", new ArrayList<>());
        assertThat(found.best().orElseThrow().strategies()).isEmpty();
    }

    @Test
    void strategiesMayComeBefore() {
        Search.Found found = compressor()
                .search(
                        "words",
                        Budget.parse("latency<=0.000001us"),
                        List.of(List.of(Quantization.DYNAMIC)),
                        Search.PRECISIONS,
                        _ -> {});
        assertThat(found.best()).isEmpty();
        assertThat(found.report().points()).extracting(Point::name).contains("dynamic int8");
    }

    /** A way that makes all weights 0, and has a cure. */
    private record Rough() implements Strategy {
        @Override
        public List<Pass> passes() {
            List<Pass> all = new ArrayList<>(List.of(new Zeros()));
            all.addAll(Quantization.WEIGHTS.passes());
            return all;
        }

        @Override
        public List<Strategy> cured() {
            return List.of(Quantization.WEIGHTS);
        }
    }

    private record Nothing() implements Strategy {
        @Override
        public List<Pass> passes() {
            return List.of();
        }
    }

    private record Zeros() implements Pass {
        @Override
        public String name() {
            return "zeros";
        }

        @Override
        public String description() {
            return "makes large weights 0";
        }

        @Override
        public boolean isLossy() {
            return true;
        }

        @Override
        public Graph run(Graph graph, PassContext context) {
            return Rebuild.run(
                    graph,
                    (node, _, b) -> node.op() instanceof Constant(Tensor t) && t.size() > 1024
                            ? List.of(b.constant(
                                    Tensor.zeros(t.element(), t.dims()),
                                    node.result().name()))
                            : null);
        }
    }

    @Test
    void whatLosesTooMuchIsCured() {
        List<Report.Choice> heard = new ArrayList<>();
        Search.Found found = compressor()
                .search("words", Budget.parse("size<=40%, cosine>=0.9"), List.of(), List.of(new Rough()), heard::add);
        assertThat(heard).extracting(Report.Choice::step).contains("cure");
        assertThat(found.best().orElseThrow().strategies().getFirst().toString())
                .matches("mixed: \\d x int8");
    }

    @Test
    void theWorstWeightsStayAsTheyAre() {
        Strategy four = new Quantization(Quantization.Mode.WEIGHTS, 4, 0).cures(Cure.GPTQ);
        double all = compressor().then(four).run().score().after();
        double most = compressor()
                .then(new MixedPrecision(Map.of("first", four, "y_constant", four)))
                .run()
                .score()
                .after();
        assertThat(most).isGreaterThan(all);
        List<Report.Choice> heard = new ArrayList<>();
        Search.Found found = compressor()
                .search(
                        "words",
                        Budget.parse("size<=80%, cosine>="
                                + java.math.BigDecimal.valueOf((all + most) / 2).toPlainString()),
                        List.of(List.of(four)),
                        List.of(new Nothing()),
                        heard::add);
        assertThat(found.best().orElseThrow().strategies().getFirst()).hasToString("mixed: 2 x int4");
        assertThat(heard).extracting(Report.Choice::why).anyMatch(w -> w.contains("stay as they are"));
    }

    @Test
    void channelsGoWhereTheBudgetNeedsIt() {
        List<Report.Choice> heard = new ArrayList<>();
        Search.Found found = search("parameters<=90%, cosine>=0.3", heard);
        Compressed best = found.best().orElseThrow();
        assertThat(best.strategies().getFirst()).isInstanceOf(StructuredPruning.class);
        assertThat(best.after().parameters()).isLessThanOrEqualTo(best.before().parameters() * 9 / 10);

        search("size<=12%, cosine>=0.1", heard);
        assertThat(heard).extracting(Report.Choice::what).contains("fewer channels");
    }

    @Test
    void whatCannotBeRemovedIsSaid() {
        List<Report.Choice> heard = new ArrayList<>();
        Builder b = Builder.graph("one");
        Value x = b.input("x", TensorType.of(ElementType.F32, 2, 64));
        Graph one = b.build(List.of(b.matMul(x, b.constant(random(1, 64, 32)))), List.of("y"));
        Search.Found found = Compressor.of(one, OPTIONS)
                .search("one", Budget.parse("parameters<=50%"), List.of(), Search.PRECISIONS, heard::add);
        assertThat(found.best()).isEmpty();
        assertThat(heard).extracting(Report.Choice::why).anyMatch(w -> w.contains("can remove 0.0 %"));
    }

    @Test
    void thePageIsWholeAndNeedsNothingElse() throws Exception {
        String page = ReportPage.of(
                search("size<=40%, cosine>=0.99", new ArrayList<>()).report());
        assertThat(page).contains("<svg", "What was decided, and why", "Sensitivity", "prefers-color-scheme: dark");
        assertThat(page).doesNotContain("http", "@@", "<script", "NaN", "Infinity");
        String body = page.substring(page.indexOf("<main>"), page.indexOf("</main>") + 7);
        javax.xml.parsers.DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new org.xml.sax.InputSource(new StringReader(body)));
        assertThat(ReportPage.of("a<b", compressor().sensitivity(List.of(Quantization.F16))))
                .contains("<h1>a&lt;b</h1>", "f16");
    }

    @Test
    void mixedPrecisionKeepsWhatIsNotNamed() {
        Compressed c = compressor()
                .then(new MixedPrecision(Map.of("first", Quantization.WEIGHTS)))
                .run();
        assertThat(Printer.print(c.model().graph())).contains("i8[64, 96]", "f32[200, 64]", "f32[96, 32]");
        assertThat(c.strategies().getFirst()).hasToString("mixed: 1 x int8");
    }
}
