package dev.lathe.runtime;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A model as the compiler writes one: {@code y[n, 3] = 2 x[n, 3] + 1}. */
public final class TinyModel extends CompiledModel {
    private static final TensorType ROWS = TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(3)));

    private TinyModel(int threads) {
        super(List.of(new Port("x", ROWS)), List.of(new Port("y/out:0", ROWS)), threads);
    }

    public static TinyModel load(int threads) {
        return new TinyModel(threads);
    }

    /** Doubles and adds one. */
    public Tensor scaled(Tensor x) {
        return Objects.requireNonNull(call(Map.of("x", x)).get("y/out:0"));
    }

    @Override
    protected Execution execution() {
        return new Run(this);
    }

    private static final class Run extends Execution {
        private final Pointwise kernel = new Pointwise() {
            @Override
            protected void apply(int at, int stride, int row, int rows, int column, int columns) {
                for (int r = 0; r < rows; r++) {
                    for (int c = at + r * stride; c < at + r * stride + columns; c++) {
                        floats[c] = 2 * x[c] + 1;
                    }
                }
            }

            @Override
            protected int start() {
                return 0;
            }
        };
        private float[] x = {};
        private long n;

        Run(TinyModel model) {
            super(model, 0);
        }

        @Override
        protected void prepare() {
            n = symbol("n");
            resultDims(0, ElementType.F32, n, 3);
            arenas(elements(n, 3), 0, 0, 0, 0, 0);
            kernel.prepare(size(n), 3, workers);
        }

        @Override
        protected void execute() {
            x = (float[]) input(0);
            kernel.run();
            result(0, ElementType.F32, floats, 0);
        }
    }
}
