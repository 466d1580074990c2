package dev.lathe.backend.java;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Loops whose turns types tell: each turn writes its part of what is stacked, and what it carries is stored once. */
class LoopModelTest {
    private static final TensorType INDEX = TensorType.scalar(ElementType.I64);
    private static final TensorType FLAG = TensorType.scalar(ElementType.BOOL);
    private static final int COLUMNS = 37;

    /** Inside a loop over {@code n} a loop over {@code m}; carried values trade places, one is the turn, one a flag. */
    @Test
    void turnsWriteTheirPartOfWhatIsStacked() {
        Dim n = Dim.symbol("n");
        Dim m = Dim.symbol("m");
        TensorType row = TensorType.of(ElementType.F32, COLUMNS);
        Builder b = Builder.graph("nested");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(n, Dim.of(COLUMNS))));
        b.input("m", TensorType.of(ElementType.F32, Shape.of(m)));
        Value start = b.input("start", row);

        Builder outer = b.region("outer");
        Value i = outer.input("i", INDEX);
        Value go = outer.input("go", FLAG);
        Value p = outer.input("p", row);
        Value q = outer.input("q", row);
        outer.input("last", INDEX);
        outer.input("flag", FLAG);
        Builder inner = outer.region("inner");
        Value j = inner.input("j", INDEX);
        Value on = inner.input("on", FLAG);
        Value s = inner.input("s", row);
        Value t = inner.add(s, inner.gather(x, i, 0));
        Graph turns = inner.build(List.of(on, t, t, j), List.of("on", "t", "all", "j"));
        List<Value> nested = outer.addAll(new Loop(
                Optional.of(outer.dim(m)),
                Optional.empty(),
                List.of(p),
                turns,
                List.of(
                        row,
                        TensorType.of(ElementType.F32, Shape.of(m, Dim.of(COLUMNS))),
                        TensorType.of(ElementType.I64, Shape.of(m))),
                List.of()));
        Graph body = outer.build(
                List.of(go, q, nested.getFirst(), i, go, nested.get(1), nested.get(2), nested.getFirst()),
                List.of("go", "p", "q", "last", "flag", "each", "numbers", "rows"));
        List<Value> results = b.addAll(new Loop(
                Optional.of(b.dim(n)),
                Optional.empty(),
                List.of(start, start, b.constant(Tensor.scalar(-1L)), b.constant(Tensor.scalar(false))),
                body,
                List.of(
                        row,
                        row,
                        INDEX,
                        FLAG,
                        TensorType.of(ElementType.F32, Shape.of(n, m, Dim.of(COLUMNS))),
                        TensorType.of(ElementType.I64, Shape.of(n, m)),
                        TensorType.of(ElementType.F32, Shape.of(n, Dim.of(COLUMNS)))),
                List.of()));
        Graph graph = b.build(results, List.of("p", "q", "last", "flag", "each", "numbers", "rows"));
        try (Compared model = Compared.byKernels(graph)) {
            for (int[] sizes : new int[][] {{5, 3}, {1, 1}, {0, 3}, {4, 0}, {9, 12}, {5, 3}}) {
                model.same(Map.of(
                        "x",
                        random(sizes[0], COLUMNS),
                        "m",
                        Tensor.zeros(ElementType.F32, sizes[1]),
                        "start",
                        random(COLUMNS)));
            }
        }
    }

    private static Tensor random(long... dims) {
        Random random = new Random(8);
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, random.nextFloat(-1, 1));
        }
        return t;
    }
}
