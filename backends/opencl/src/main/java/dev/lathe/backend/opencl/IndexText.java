package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Kernels that read or write elements which indices name. An index that names none is noted as a fault. */
final class IndexText {
    private static final int GROUP = 256;
    /** Into how many parts the first axis is cut for work items that scatter slices. */
    private static final long SCATTER_PARTS = 16;

    private final ProgramText program;
    private final ScalarText scalar;

    IndexText(ProgramText program) {
        this.program = program;
        this.scalar = program.expressions();
    }

    private static String bits(ElementType type) {
        return ClText.bits(type.bits() / 8);
    }

    /** Declares {@code k}, an index that counts from the start; a kernel without one goes on after {@code without}. */
    private List<String> index(String element, String without) {
        return List.of(
                "long k = " + element + ";",
                "if (k < -count || k >= count) {",
                "    " + FaultText.note(program, "k", "count"),
                "    " + without + ";",
                "}",
                "k += k < 0 ? count : 0;");
    }

    Launch gather(Step.GatherSlices s) {
        String type = bits(s.from().type().element());
        String index = ClText.stored(s.indices().type().element()).orElseThrow();
        List<String> parameters = new ArrayList<>(List.of(
                "const long n",
                "global const " + type + " *x, const long x_at",
                "global const " + index + " *indices, const long indices_at",
                "global " + type + " *y, const long y_at",
                "const long many",
                "const long count",
                "const long inner"));
        parameters.addAll(FaultText.PARAMETERS);
        List<String> lines = new ArrayList<>(MovementText.begin("i"));
        lines.add("const uint slice = i / (uint) inner;");
        lines.addAll(index("indices[indices_at + slice % (uint) many]", "return"));
        lines.add("y[y_at + i] = x[x_at + (slice / (uint) many * count + k) * inner + i % (uint) inner];");
        Shape from = s.from().shape();
        Dim elements = s.to().shape().elements();
        return new Launch(
                program.define("gather_" + type + "_by_" + index, MovementText.kernel(parameters, lines)),
                List.of(elements),
                GROUP,
                List.of(
                        new Launch.Size(elements),
                        new Launch.Elements(s.from()),
                        new Launch.Elements(s.indices()),
                        new Launch.Elements(s.to()),
                        new Launch.Size(s.indices().shape().elements()),
                        new Launch.Size(from.dim(s.axis())),
                        new Launch.Size(from.slice(s.axis() + 1, from.rank()).elements()),
                        new Launch.Fault()));
    }

    /**
     * Adds the place of an element along all axes but one, in lines: from {@code rest}, a number among the {@code d} of
     * each axis, to {@code at} and {@code own} with strides in {@code x} and in the indices.
     */
    private static List<String> places(int rank, int axis) {
        List<String> lines = new ArrayList<>();
        lines.add("long at = 0, own = 0, stride = 1, own_stride = 1, step = 1, own_step = 1;");
        for (int k = rank - 1; k >= 0; k--) {
            if (k == axis) {
                lines.add("step = stride;");
                lines.add("own_step = own_stride;");
            } else {
                lines.add("at += rest % (uint) d" + k + " * stride;");
                lines.add("own += rest % (uint) d" + k + " * own_stride;");
                lines.add("rest /= (uint) d" + k + ";");
            }
            if (k > 0) {
                lines.add("stride *= x" + k + ";");
                lines.add("own_stride *= d" + k + ";");
            }
        }
        return lines;
    }

    private static void sizes(Shape indices, Shape elements, List<String> parameters, List<Launch.Argument> arguments) {
        for (int k = 0; k < indices.rank(); k++) {
            parameters.add("const long d" + k + ", const long x" + k);
            arguments.add(new Launch.Size(indices.dim(k)));
            arguments.add(new Launch.Size(elements.dim(k)));
        }
        parameters.addAll(FaultText.PARAMETERS);
        arguments.add(new Launch.Fault());
    }

    Launch gather(Step.GatherElements s) {
        Shape shape = s.indices().shape();
        String type = bits(s.from().type().element());
        String index = ClText.stored(s.indices().type().element()).orElseThrow();
        List<String> parameters = new ArrayList<>(List.of(
                "const long n",
                "global const " + type + " *x, const long x_at",
                "global const " + index + " *indices, const long indices_at",
                "global " + type + " *y, const long y_at"));
        List<Launch.Argument> arguments = new ArrayList<>(List.of(
                new Launch.Size(shape.elements()),
                new Launch.Elements(s.from()),
                new Launch.Elements(s.indices()),
                new Launch.Elements(s.to())));
        sizes(shape, s.from().shape(), parameters, arguments);
        List<String> lines = new ArrayList<>(MovementText.begin("i"));
        lines.add("const long count = x" + s.axis() + ";");
        lines.addAll(index("indices[indices_at + i]", "return"));
        lines.add("uint rest = i;");
        lines.add("long from = x_at, stride = 1;");
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            lines.add("from += " + (axis == s.axis() ? "k" : "rest % (uint) d" + axis) + " * stride;");
            if (axis > 0) {
                lines.add("rest /= (uint) d" + axis + ";");
                lines.add("stride *= x" + axis + ";");
            }
        }
        lines.add("y[y_at + i] = x[from];");
        return new Launch(
                program.define("gather_elements_" + type + "_by_" + index, MovementText.kernel(parameters, lines)),
                List.of(shape.elements()),
                GROUP,
                List.copyOf(arguments));
    }

    /** A work item for each line along the axis: updates of one element are all in one line, and keep their order. */
    Launch scatter(Step.ScatterElements s) {
        Shape shape = s.indices().shape();
        boolean moves = s.reduction() == ScatterReduction.NONE;
        ElementType element = s.to().type().element();
        String type = moves ? bits(element) : ClText.stored(element).orElseThrow();
        String index = ClText.stored(s.indices().type().element()).orElseThrow();
        List<String> parameters = new ArrayList<>(List.of(
                "const long n",
                "const long length",
                "global const " + index + " *indices, const long indices_at",
                "global const " + type + " *x, const long x_at",
                "global " + type + " *y, const long y_at"));
        Dim lines = shape.without(s.axis()).elements();
        List<Launch.Argument> arguments = new ArrayList<>(List.of(
                new Launch.Size(lines),
                new Launch.Size(shape.dim(s.axis())),
                new Launch.Elements(s.indices()),
                new Launch.Elements(s.updates()),
                new Launch.Elements(s.to())));
        sizes(shape, s.to().shape(), parameters, arguments);
        List<String> body = new ArrayList<>(MovementText.begin("i"));
        body.add("const long count = x" + s.axis() + ";");
        body.add("uint rest = i;");
        body.addAll(places(shape.rank(), s.axis()));
        body.add("for (long j = 0; j < length; j++) {");
        index("indices[indices_at + own + j * own_step]", "return").forEach(l -> body.add("    " + l));
        String from = "x_at + own + j * own_step";
        String to = "y_at + at + k * step";
        if (moves) {
            body.add("    y[" + to + "] = x[" + from + "];");
        } else {
            String computed = ClText.computed(element);
            body.add("    const " + computed + " before = " + scalar.load(element, "y", to) + ";");
            body.add("    const " + computed + " update = " + scalar.load(element, "x", from) + ";");
            String joined = scalar.binary(function(s.reduction()), element, "before", "update")
                    .orElseThrow();
            body.add("    " + scalar.store(element, "y", to, joined));
        }
        body.add("}");
        String stem = "scatter_" + (moves ? type : s.reduction().name().toLowerCase(Locale.ROOT) + "_" + type);
        return new Launch(
                program.define(stem + "_by_" + index, MovementText.kernel(parameters, body)),
                List.of(lines),
                GROUP,
                List.copyOf(arguments));
    }

    /** Adds to {@code offset} what an index tuple says, whose entries are from {@code at} on in the indices. */
    private void tuple(ElementKernel kernel, int entries, int firstAxis, String at) {
        for (int t = 0; t < entries; t++) {
            kernel.line("{");
            kernel.line("const long count = x" + (firstAxis + t) + ";");
            kernel.lines(index("indices[" + at + " + " + t + "]", "return"));
            kernel.line("offset = offset * count + k;");
            kernel.line("}");
        }
    }

    private static String elements(String tensor, int from, int to) {
        StringBuilder s = new StringBuilder("1L");
        for (int axis = from; axis < to; axis++) {
            s.append(" * ").append(tensor).append(axis);
        }
        return s.toString();
    }

    Launch gather(GatherNd g, View x, View indices, View y) {
        int tuple = Math.toIntExact(indices.shape().dim(-1).constant());
        int lead = indices.shape().rank() - 1;
        int rank = x.shape().rank();
        ElementKernel kernel = new ElementKernel(y.shape().elements())
                .reads("x", bits(x.type().element()), x)
                .reads("indices", ElementKernel.stored(indices.type().element()), indices)
                .writes("y", bits(x.type().element()), y)
                .faults();
        kernel.line("const long inner = " + elements("x", g.batchDims() + tuple, rank) + ";");
        kernel.line("const long slice = i / (uint) inner;");
        kernel.line("long offset = slice / (" + elements("indices", g.batchDims(), lead) + ");");
        tuple(kernel, tuple, g.batchDims(), "indices_at + slice * " + tuple);
        kernel.line("y[y_at + i] = x[x_at + offset * inner + i % (uint) inner];");
        return kernel.launch(
                program,
                "gather_nd_" + g.batchDims() + "_" + tuple + "_" + bits(x.type().element()));
    }

    /**
     * A work item for one element of the slices, and for the first index of some: updates of one element are all by one
     * work item, and keep their order.
     */
    Launch scatter(Step.ScatterSlices s) {
        View indices = s.indices();
        View y = s.to();
        ElementType element = y.type().element();
        boolean moves = s.reduction() == ScatterReduction.NONE;
        String type = moves ? bits(element) : ElementKernel.stored(element);
        int tuple = Math.toIntExact(indices.shape().dim(-1).constant());
        int rank = y.shape().rank();
        long parts = tuple == 0 ? 1 : SCATTER_PARTS;
        Dim items = y.shape().slice(tuple, rank).elements().times(parts);
        ElementKernel kernel = new ElementKernel(items)
                .reads("indices", ElementKernel.stored(indices.type().element()), indices)
                .reads("updates", type, s.updates())
                .writes("x", type, y)
                .faults();
        int lead = indices.shape().rank() - 1;
        kernel.line("const long inner = " + elements("x", tuple, rank) + ";");
        kernel.line("for (long slice = 0; slice < " + elements("indices", 0, lead) + "; slice++) {");
        if (parts > 1) {
            kernel.line("if ((ulong) (indices[indices_at + slice * " + tuple + "] + x0) % max(x0, 1L) % " + parts
                    + " != i / (uint) inner) {");
            kernel.line("continue;");
            kernel.line("}");
        }
        kernel.line("long offset = 0;");
        tuple(kernel, tuple, 0, "indices_at + slice * " + tuple);
        kernel.line("const long to = x_at + offset * inner + i % (uint) inner;");
        kernel.line("const long from = updates_at + slice * inner + i % (uint) inner;");
        if (moves) {
            kernel.line("x[to] = updates[from];");
        } else {
            String computed = ClText.computed(element);
            kernel.line("const " + computed + " before = " + scalar.load(element, "x", "to") + ";");
            kernel.line("const " + computed + " update = " + scalar.load(element, "updates", "from") + ";");
            String joined = scalar.binary(function(s.reduction()), element, "before", "update")
                    .orElseThrow();
            kernel.line(scalar.store(element, "x", "to", joined));
        }
        kernel.line("}");
        String stem = moves ? type : s.reduction().name().toLowerCase(Locale.ROOT) + "_" + element.text();
        return kernel.launch(program, "scatter_nd_" + tuple + "_" + stem);
    }

    private static BinaryFunction function(ScatterReduction r) {
        return switch (r) {
            case ADD -> BinaryFunction.ADD;
            case MUL -> BinaryFunction.MULTIPLY;
            case MIN -> BinaryFunction.MIN;
            case MAX -> BinaryFunction.MAX;
            case NONE -> throw new IllegalStateException("nothing is joined");
        };
    }
}
