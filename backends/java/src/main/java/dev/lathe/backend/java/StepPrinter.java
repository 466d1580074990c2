package dev.lathe.backend.java;

import dev.lathe.backend.plan.Buffer;
import dev.lathe.backend.plan.Condition;
import dev.lathe.backend.plan.ElementwiseKernel;
import dev.lathe.backend.plan.Instruction;
import dev.lathe.backend.plan.Lifetimes;
import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.StepTable;
import dev.lathe.backend.plan.View;
import dev.lathe.backend.plan.Weight;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.Location;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.DeformConv;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.Lookup;
import dev.lathe.ir.op.MaxRoiPool;
import dev.lathe.ir.op.NgramCounts;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.RoiAlign;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.op.TreeEnsemble;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.LoadedWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Prints the steps of a plan: for each a kernel, what prepares it when shapes change, and the call that runs it. */
final class StepPrinter {
    final Program p;
    /** The field that says where each buffer starts. */
    private final List<String> starts = new ArrayList<>();

    private final MovementText movements = new MovementText(this);
    private final PointwiseText pointwise = new PointwiseText(this);
    private final ProductText products = new ProductText(this);
    private final RowText rows = new RowText(this);
    private final IndexText indices = new IndexText(this);
    private final SampleText samples = new SampleText(this);
    private final HostText host = new HostText(this);
    private final ControlText control = new ControlText(this);
    private final StepTable table;
    private final Plan plan;

    private StepPrinter(Program p, Plan plan) {
        this.p = p;
        this.plan = plan;
        table = new StepTable(plan);
        plan.graph().inputs().forEach(v -> p.inputs.add(p.nameOf(v.name())));
        plan.graph().outputNames().forEach(name -> p.outputs.add(p.nameOf(name)));
        plan.buffers().forEach(b -> starts.add(p.nameOf(b.value())));
    }

    /** Prints {@code plan} into {@code p}; what says where its results are. */
    static StepPrinter print(Plan plan, Program p) {
        StepPrinter printer = new StepPrinter(p, plan);
        p.boxes = plan.slots();
        plan.prepare().forEach(i -> p.at(Location.NONE, i.value(), () -> printer.step(i.step())));
        printer.list(plan.steps());
        Lifetimes lifetimes = Lifetimes.of(plan);
        for (int i = 0; i < plan.buffers().size(); i++) {
            Buffer buffer = plan.buffers().get(i);
            Shape shape = buffer.shape();
            String size = shape.rank() == 0 ? "1" : "elements(" + p.symbols.prepared(shape) + ")";
            p.buffers
                    .computeIfAbsent(Kind.of(buffer), _ -> new ArrayList<>())
                    .add(new Program.Buffer(
                            printer.starts.get(i),
                            TensorType.of(buffer.element(), shape).toString(),
                            size,
                            lifetimes.first(i),
                            lifetimes.last(i)));
        }
        return printer;
    }

    /** Prints steps one after the other, with a comment where the nodes change that they stand for. */
    private void list(List<Instruction> list) {
        for (Instruction i : list) {
            p.at(i.location(), i.value(), () -> timed(i));
        }
    }

    /** Prints a step that says when it begins, if its time is worth a look. */
    private void timed(Instruction i) {
        if (!p.isTimed || !i.step().isWork()) {
            step(i.step());
            return;
        }
        p.text("begin(" + table.number(i) + ");");
        List<String> around = p.kernels;
        p.kernels = new ArrayList<>();
        step(i.step());
        table.kernels(i, p.kernels.reversed());
        p.kernels = around;
    }

    /** The steps by the numbers that the code tells when they begin. */
    List<ModelStep> steps() {
        return table.steps();
    }

    /** Prints steps as a method; its name. */
    String method(String stem, List<Instruction> list) {
        List<String> outer = p.beginPart();
        list(list);
        return p.method(stem, p.endPart(outer));
    }

    private void step(Step step) {
        switch (step) {
            case Step.Copy s -> copy(s);
            case Step.TableCopy s -> movements.tableCopy(s);
            case Step.GatherSlices s -> movements.gather(s);
            case Step.StoreDims s -> movements.store(s);
            case Step.Pointwise s -> pointwise.print(s);
            case Step.BatchedProduct s -> products.batched(s);
            case Step.BatchedMatrices s -> products.batched(s);
            case Step.MatrixProduct s -> products.matrix(s);
            case Step.Convolution s -> products.convolution(s);
            case Step.ComputedConvolution s -> products.convolution(s);
            case Step.Pooling s -> rows.pooling(s);
            case Step.ReduceRows s -> rows.reduce(s);
            case Step.SoftmaxRows s -> rows.softmax(s);
            case Step.LayerNormRows s -> rows.layerNorm(s);
            case Step.FourierLines s -> rows.fourier(s);
            case Step.Attention s -> rows.attention(s);
            case Step.GatherElements s -> indices.gather(s);
            case Step.ScatterElements s -> indices.scatter(s);
            case Step.ScatterSlices s -> indices.scatter(s);
            case Step.Sequence s -> indices.sequence(s);
            case Step.ArgRows s -> indices.arg(s);
            case Step.CumulateRows s -> indices.cumulate(s);
            case Step.PerElement s -> elements(s);
            case Step.Resample s -> samples.resize(s.op(), s.scales(), s.roi(), s.x(), s.to());
            case Step.HostOp s -> host.print(s);
            case Step.TakeInput(int number, View to) -> p.step(slot(to) + " = given(" + number + ");");
            case Step.TakeConstant(Weight w, View to) ->
                p.prepare(slot(to) + " = m.weights.tensor(" + number(w) + ");");
            case Step.Guard(Condition condition, String message) -> p.require(condition(condition), message);
            case Step.Fail(String message, List<View> _) -> p.step("fail(" + JavaText.literal(message) + ");");
            case Step.Bind s -> control.bind(s);
            case Step.BindZero(String symbol) -> p.text(p.symbols.field(symbol) + " = 0;");
            case Step.Branch s -> control.branch(s);
            case Step.Repeat s -> control.repeat(s);
            case Step.Append s -> control.append(s);
            case Step.Stack s -> control.stack(s);
        }
    }

    /** Ops that have a kernel of their own. */
    private void elements(Step.PerElement s) {
        List<View> from = s.operands();
        List<View> to = s.results();
        switch (s.op()) {
            case TopK t -> indices.topK(t, from.get(0), to.get(0), to.get(1));
            case GatherNd g -> indices.gather(g, from.get(0), from.get(1), to.get(0));
            case Lookup _ -> keys(from.get(0), from.get(1), to.get(0));
            case TreeEnsemble t -> trees(t, from, to.get(0));
            case GridSample g -> samples.grid(g, from.get(0), from.get(1), to.get(0));
            case MaxRoiPool r -> samples.maxima(r, from.get(0), from.get(1), to.get(0));
            case DeformConv c -> samples.deformed(c, from, to.get(0));
            case PoolIndices o -> samples.places(o, from.get(0), to.get(0));
            case Determinant _ -> determinants(from.get(0), to.get(0));
            case RoiAlign r -> samples.roiAlign(r, from.get(0), from.get(1), from.get(2), to.get(0));
            default -> throw new IllegalStateException("the table of kernels has none of " + s);
        }
    }

    private void determinants(View x, View to) {
        Shape s = x.shape();
        String k = p.kernel("Determinants", "ElementType." + x.type().element());
        p.prepare(k + ".prepare(" + dim(s.slice(0, s.rank() - 2).elements()) + ", " + dim(s.dim(-1)) + ", workers);");
        p.step(k + ".run(" + ref(x) + ", " + ref(to) + ");");
    }

    private void keys(View x, View keys, View to) {
        if (!(keys.place() instanceof Place.Constant(Weight w))) {
            throw new IllegalStateException("keys that are not known: " + keys);
        }
        String k = p.kernel(
                "KeyPlaces", "m." + keys(w) + ", ElementType." + x.type().element());
        p.prepare(k + ".prepare(" + dim(x.shape().elements()) + ", workers);");
        p.step(k + ".run(" + ref(x) + ", " + ref(to) + ");");
    }

    /** The field of the model with a table of keys that are known. */
    private String keys(Weight w) {
        return p.modelField("KeyTable", "keys", "new KeyTable(" + tensor(w) + ")");
    }

    /** What gives an op on values tables of what is known when the model is loaded. */
    String tables(Step.HostOp s) {
        return switch (s.op()) {
            case Lookup l ->
                known(s, l.keys()).map(w -> ".keys(m." + keys(w) + ")").orElse("");
            case NgramCounts n ->
                known(s, n.pool())
                        .flatMap(pool -> known(s, n.starts()).map(starts -> tensor(pool) + ", " + tensor(starts)))
                        .map(lists -> ".ngrams(m."
                                + p.modelField("NgramTable", "ngrams", "new NgramTable(" + lists + ")") + ")")
                        .orElse("");
            default -> "";
        };
    }

    /** The weight that an operand of a step on values is. */
    private Optional<Weight> known(Step.HostOp s, Value operand) {
        View view = Objects.requireNonNull(s.operands().get(operand));
        if (view.place() instanceof Place.Constant(Weight w)) {
            return Optional.of(w);
        }
        for (Instruction i : plan.prepare()) {
            if (i.step() instanceof Step.TakeConstant(Weight w, View to) && to.equals(view)) {
                return Optional.of(w);
            }
        }
        return Optional.empty();
    }

    private void trees(TreeEnsemble t, List<View> operands, View to) {
        View x = operands.getFirst();
        String lists = operands.stream()
                .skip(1)
                .map(v -> v.place() instanceof Place.Constant(Weight w) ? tensor(w) : "")
                .collect(Collectors.joining(", "));
        String forest = p.modelField(
                "DecisionTrees",
                "trees",
                "new DecisionTrees(TreeAggregation." + t.aggregation() + ", " + JavaText.literal(t.targets()) + ", "
                        + lists + ")");
        String k =
                p.kernel("TreeRows", "m." + forest + ", ElementType." + x.type().element());
        p.prepare(k + ".prepare(" + dim(x.shape().dim(0)) + ", " + dim(x.shape().dim(1)) + ", workers);");
        p.where();
        p.step(k + ".run(" + ref(x) + ", " + ref(to) + ");");
    }

    private void copy(Step.Copy s) {
        View from = s.from();
        View to = s.to();
        if (to.isInSlot()) {
            p.step(slot(to) + " = " + host.datum(from, false) + ";");
        } else if (from.isInSlot()) {
            p.step("unbox(" + host.datum(from, true) + ", " + ref(to) + ");");
        } else {
            String k = p.kernel("StridedCopy", "");
            p.prepare(k + ".prepare(" + JavaText.array(p.symbols, from.shape().dims()) + ", "
                    + JavaText.array(p.symbols, from.strides()) + ", " + JavaText.array(p.symbols, to.strides())
                    + ", workers);");
            p.step(k + ".run(" + ref(from) + ", " + ref(to) + ");");
        }
    }

    private String condition(Condition condition) {
        return switch (condition) {
            case Condition.Equal(Dim a, Dim b) -> p.symbols.wide(a) + " == " + p.symbols.wide(b);
            case Condition.NonNegative(Dim d) -> p.symbols.wide(d) + " >= 0";
            case Condition.Broadcasts(Dim own, Dim all) ->
                p.symbols.wide(own) + " == 1 || " + p.symbols.wide(own) + " == " + p.symbols.wide(all);
            case Condition.Available(Dim elements, Dim made) ->
                p.symbols.wide(elements) + " > 0 || " + p.symbols.wide(made) + " == 0";
            case Condition.Inside(Dim elements, Dim at, Dim bound) -> {
                String index = p.symbols.wide(at);
                yield p.symbols.wide(elements) + " == 0 || " + index + " >= 0 && " + index + " < "
                        + p.symbols.wide(bound);
            }
        };
    }

    // What steps are made of.

    /** The field of a kernel for an epilogue, or {@code null}. */
    String epilogue(@Nullable ElementwiseKernel kernel) {
        return kernel == null ? "null" : pointwise.kernel(kernel);
    }

    /** Tells an epilogue where its result and its operands are, right before the step that runs it. */
    void bind(String field, @Nullable ElementwiseKernel kernel, View to) {
        if (kernel != null) {
            p.text(pointwise.bind(field, kernel, to) + ";");
        }
    }

    /** The output that the first result of an op is, which runs once and makes it in a slot; -1 if it is none. */
    int output(Step.HostOp s) {
        boolean runsOnce = plan.steps().stream().anyMatch(i -> i.step() == s);
        View first = s.results().getFirst();
        return runsOnce && first.isInSlot() ? plan.results().indexOf(first) : -1;
    }

    HostText host() {
        return host;
    }

    /** The number of a weight among all of the generated model. */
    static int number(Weight w) {
        return w.computed() ? LoadedWeights.FIRST + w.number() : w.number();
    }

    /** The elements of a weight as floats, where the model is made. */
    static String floats(Weight w) {
        return w.scaling().isPresent() ? packable(w) + ".floats()" : "weights.floats(" + number(w) + ")";
    }

    /** What a weight is packed from. */
    static String packable(Weight w) {
        return w.scaling()
                .map(s -> "new Dequantized(" + tensor(w) + ", " + tensor(s.scale()) + ", "
                        + s.zero().map(StepPrinter::tensor).orElse("null") + ", " + s.axis() + ", " + s.blockSize()
                        + ")")
                .orElseGet(() -> floats(w));
    }

    private static String tensor(Weight w) {
        return "weights.tensor(" + number(w) + ")";
    }

    static String slot(View view) {
        if (view.place() instanceof Place.Slot(int number)) {
            return "boxed[" + number + "]";
        }
        throw new IllegalStateException("no slot: " + view);
    }

    /** The array of a view. */
    String array(View view) {
        Kind kind = Kind.of(view.type().element())
                .orElseThrow(() -> new IllegalStateException("no array of " + view.type()));
        return switch (view.place()) {
            case Place.Buffer _ -> kind.arena;
            case Place.Input(int number) -> p.inputs.get(number);
            case Place.Output(int number) -> p.outputs.get(number);
            case Place.Constant(Weight w) ->
                "m."
                        + p.modelField(
                                kind.java + "[]",
                                w.value(),
                                "",
                                "(" + kind.java + "[]) weights.array(" + number(w) + ")");
            case Place.Slot _ -> throw new IllegalStateException("a slot is no array");
        };
    }

    /** Where a view starts in its array. */
    String at(View view) {
        String offset = p.dim(view.offset());
        if (view.place() instanceof Place.Buffer(int number)) {
            String start = starts.get(number);
            return offset.equals("0") ? start : start + " + " + offset;
        }
        return offset;
    }

    /** The two as arguments. */
    String ref(View view) {
        return array(view) + ", " + at(view);
    }

    String dim(Dim d) {
        return p.dim(d);
    }

    /** Dimensions as arguments, each after a comma. */
    String arguments(Shape shape) {
        return JavaText.arguments(p.symbols, shape);
    }

    /** A window over images, as a field. */
    String window(Window2d w, Shape in, Shape out) {
        String field = p.part(
                "SlidingWindow",
                w.kernelHeight() + ", " + w.kernelWidth() + ", " + w.strideHeight() + ", " + w.strideWidth() + ", "
                        + w.dilationHeight() + ", " + w.dilationWidth());
        p.prepare(field + ".prepare(" + JavaText.list(p.symbols, in.dims()) + ", " + dim(w.pad(0)) + ", "
                + dim(w.pad(1)) + ", " + dim(out.dim(1)) + ", " + dim(out.dim(2)) + ");");
        return field;
    }
}
