package dev.lathe.backend.tvm;

import dev.lathe.backend.device.CallMemory;
import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.ElementwiseKernel;
import dev.lathe.backend.plan.ElementwiseKernel.Operand;
import dev.lathe.backend.plan.ElementwiseKernel.Rows;
import dev.lathe.backend.plan.Step;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Elementwise ops: a loop over the elements of the result, or over its rows and columns. */
final class PointwiseKernels {
    /** The elements that a worker takes at least. */
    private static final long GRAIN = 1 << 14;

    private final Program program;

    PointwiseKernels(Program program) {
        this.program = program;
    }

    /** Whether each op has an expression. */
    static boolean supports(List<Node> nodes) {
        for (Node n : nodes) {
            ElementType result = n.result().tensorType().element();
            if (n.op() instanceof Constant c) {
                if (Dtype.stored(result).isEmpty() || c.value().size() != 1) {
                    return false;
                }
                continue;
            }
            List<ElementType> types = n.op().operands().stream()
                    .map(v -> v.tensorType().element())
                    .toList();
            List<Expr> operands = types.stream()
                    .map(t -> (Expr) new Expr.Var("x", Dtype.computed(t)))
                    .toList();
            if (Scalars.TRIAL.expression(n.op(), result, types, operands).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    Launch launch(Step.Pointwise s) {
        ElementwiseKernel k = s.kernel();
        boolean oneRow = s.rows().isConstant(1);
        boolean oneColumn = s.columns().isConstant(1);
        boolean apart = !oneRow
                && !oneColumn
                && k.operands().stream()
                        .anyMatch(o -> o.rows() != Rows.EACH && (o.alongColumns() || o.rows() == Rows.PERIODIC)
                                || o.rows() == Rows.EACH && !o.alongColumns());
        ElementType type = k.result().tensorType().element();
        Code code = new Code();
        Array y = code.elements("y", Dtype.stored(type).orElseThrow(), s.to());
        Elements elements = new Elements(code, k);
        Scalars scalars = Scalars.in(code);
        Expr zero = Expr.of(0);
        if (!apart) {
            code.each("i", i -> {
                Expr row = oneRow ? zero : i;
                Expr column = oneColumn ? zero : i;
                code.store(y, i, scalars.stored(type, elements.at(null, row, column, i)));
            });
            return code.launch(program, "each_" + stem(k), s.rows().times(s.columns()), GRAIN);
        }
        Expr columns = code.size("columns", s.columns());
        code.each("row", row -> {
            Expr start = code.let("start", row.times(columns));
            code.loop("column", columns, column -> {
                Expr flat = start.plus(column);
                code.store(y, flat, scalars.stored(type, elements.at(null, row, column, flat)));
            });
        });
        long columnsOr = s.columns().isConstant() ? Math.max(1, s.columns().constant()) : 256;
        return code.launch(program, "rows_" + stem(k), s.rows(), Math.max(1, GRAIN / columnsOr));
    }

    private static String stem(ElementwiseKernel k) {
        List<String> ops = k.nodes().stream()
                .filter(n -> !(n.op() instanceof Constant))
                .map(n -> n.op().mnemonic())
                .toList();
        return ops.isEmpty()
                ? "copy"
                : ops.size() <= 3 ? String.join("_", ops) : ops.getFirst() + "_to_" + ops.getLast();
    }

    /** Whether a node divides integers by something that may be zero. */
    private static boolean mayFail(Node n, List<Node> nodes) {
        if (!(n.op() instanceof Binary(BinaryFunction f, Value x, Value y))
                || x.tensorType().element().isFloat()) {
            return false;
        }
        boolean divides = f == BinaryFunction.DIVIDE || f == BinaryFunction.MOD || f == BinaryFunction.FMOD;
        return divides
                && nodes.stream()
                        .noneMatch(c -> c.results().contains(y)
                                && c.op() instanceof Constant(Tensor t)
                                && t.size() == 1
                                && t.getLong(0) != 0);
    }

    /** The elements of an elementwise kernel, inside of a kernel whose parameters it adds to. */
    static final class Elements {
        private record Source(
                @Nullable Array array,
                @Nullable Expr inner,
                @Nullable Expr outer,
                @Nullable Expr width) {}

        private final Code code;
        private final ElementwiseKernel kernel;
        private final List<Source> sources = new ArrayList<>();

        Elements(Code code, ElementwiseKernel kernel) {
            this.code = code;
            this.kernel = kernel;
            for (Operand o : kernel.operands()) {
                if (o.view() == null) {
                    sources.add(new Source(null, null, null, null));
                } else {
                    Array x = code.elements("x", Dtype.stored(o.element()).orElseThrow(), o.view());
                    boolean periodic = o.rows() == Rows.PERIODIC;
                    sources.add(new Source(
                            x,
                            periodic ? code.size("inner", o.inner()) : null,
                            periodic ? code.size("outer", o.outer()) : null,
                            periodic ? code.size("width", o.width()) : null));
                }
            }
        }

        /**
         * The element of a row and a column.
         *
         * @param own what the operand in place is; null if there is none
         * @param flat the number of the element
         */
        Expr at(@Nullable Expr own, Expr row, Expr column, Expr flat) {
            Scalars scalars = Scalars.in(code);
            Map<Value, Expr> values = new IdentityHashMap<>();
            for (int i = 0; i < sources.size(); i++) {
                Operand o = kernel.operands().get(i);
                Source s = sources.get(i);
                if (s.array == null) {
                    values.put(o.value(), Objects.requireNonNull(own, "an operand in place is given"));
                    continue;
                }
                Expr along = o.alongColumns() ? column : Expr.of(0);
                Expr index = switch (o.rows()) {
                    case SAME -> along;
                    case EACH -> o.alongColumns() ? flat : row;
                    case PERIODIC ->
                        row.over(Objects.requireNonNull(s.inner))
                                .mod(Objects.requireNonNull(s.outer))
                                .times(Objects.requireNonNull(s.width))
                                .plus(along);
                };
                values.put(o.value(), code.let("v", scalars.load(o.element(), s.array, index)));
            }
            for (Node n : kernel.nodes()) {
                if (n.op() instanceof Constant c) {
                    values.put(n.result(), Scalars.constant(c.value()));
                    continue;
                }
                List<Value> in = n.op().operands();
                List<Expr> operands = in.stream()
                        .map(v -> Objects.requireNonNull(values.get(v), "an operand comes before its use"))
                        .toList();
                if (mayFail(n, kernel.nodes())) {
                    code.fault(Scalars.isZero(operands.get(1)), Expr.of(0), Expr.of(CallMemory.Fault.DIVISION));
                }
                Expr e = scalars.expression(
                                n.op(),
                                n.result().tensorType().element(),
                                in.stream().map(v -> v.tensorType().element()).toList(),
                                operands)
                        .orElseThrow();
                values.put(n.result(), named(n, e));
            }
            return Objects.requireNonNull(values.get(kernel.result()), "the result is the last");
        }

        /**
         * A result with a name. TVM writes out what a name stands for at each use, so that a chain of results that are
         * used several times would grow without end; those are kept where it does not see them.
         */
        private Expr named(Node n, Expr e) {
            boolean once = n.op() instanceof Binary(BinaryFunction f, Value _, Value _)
                    && (f == BinaryFunction.ADD
                            || f == BinaryFunction.SUBTRACT
                            || f == BinaryFunction.MULTIPLY
                            || f == BinaryFunction.DIVIDE)
                    && isPlain(n.result().tensorType().element())
                    && uses(n.result()) <= 1;
            if (e.type() == Dtype.BOOL) {
                Expr kept = uses(n.result()) <= 1
                        ? e
                        : code.kept(e.cast(Dtype.I32)).equalTo(0).not();
                return code.let("v", kept);
            }
            return code.let("v", once ? e : code.kept(e));
        }

        /** Whether results are not rounded to fewer bits, which would use them several times. */
        private static boolean isPlain(ElementType element) {
            return element == ElementType.F32 || element == ElementType.F64;
        }

        private long uses(Value v) {
            return kernel.nodes().stream()
                    .flatMap(n -> n.op().operands().stream())
                    .filter(v::equals)
                    .count();
        }
    }
}
