package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.ByteOperand;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.Weight;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products and convolutions for GPUs. A group makes a tile of as many rows as columns, of which each work item
 * has some elements in its registers; slices of both operands are in local memory, where the whole group reads them.
 * Work items side by side read elements side by side. Weights are arranged as for {@link ProductText}.
 *
 * <p>A tile of 64 × 64 reads each operand least often. Where that makes fewer groups than a GPU has units, as it does
 * for one image or one sentence, tiles are smaller, and slices deeper in turn. All sum in the same order.
 */
final class TileText {
    /** Work items of a group along each of two axes. */
    static final int GROUP = 16;
    /** Rows and columns of tiles, the largest first. */
    private static final List<Integer> SIDES = List.of(64, 32, 16);
    /** The elements of a slice. */
    private static final int SLICE = 1024;
    /** Groups that keep a large GPU busy. */
    private static final long GROUPS = 128;
    /** Local memory for a slice of either operand; rows of one are a float apart from a power of two. */
    static final int LOCAL_BYTES = 4 * SLICE / 16 * (16 + 1 + 16);
    /** The work items that share a column of a product of one row. */
    private static final int SHARES = 8;
    /** Work items of a group of kernels that make an element each. */
    private static final int LINE = 64;

    private final ProgramText program;
    private final PointwiseText pointwise;
    private final boolean multipliesBytes;

    /** @param multipliesBytes whether products of bytes are one instruction */
    TileText(ProgramText program, PointwiseText pointwise, boolean multipliesBytes) {
        this.program = program;
        this.pointwise = pointwise;
        this.multipliesBytes = multipliesBytes;
    }

    private TileNumbers numbers(Optional<ByteOperand> bytes) {
        return multipliesBytes ? TileNumbers.of(bytes) : TileNumbers.FLOATS;
    }

    /**
     * What differs between the kinds of products.
     *
     * @param numbers what is multiplied
     * @param before lines before the tile, which know {@code first_row} and {@code first_column}
     * @param rows how many rows there are
     * @param columns how many columns there are
     * @param depth how many products are summed up, or words of four of them
     * @param word the number that the word {@code k} has in its tap
     * @param inner the elements of a tap along the depth
     * @param slice lines in the loop over rows of the left slice, which know the row {@code r} and the depth {@code k}
     * @param left the element of row {@code r} at depth {@code k}, or at {@code d} of a tap; both exist
     * @param right the element or the word of column {@code c} at depth {@code k}; both exist
     * @param start what the sum of column {@code c} starts from
     * @param store where row {@code r} and column {@code c} go
     * @param row the row for the epilogue
     * @param column the column for the epilogue
     */
    private record Parts(
            TileNumbers numbers,
            List<String> before,
            String rows,
            String columns,
            String depth,
            String word,
            String inner,
            List<String> slice,
            String left,
            String right,
            String start,
            String store,
            String row,
            String column) {}

    /** The largest tile of which there are enough; the largest, too, where only a call tells how many there are. */
    private static int side(List<Dim> sizes) {
        for (int side : SIDES) {
            Dim groups =
                    tiles(sizes.get(0), side).times(tiles(sizes.get(1), side)).times(sizes.get(2));
            if (!groups.isConstant() || groups.constant() >= GROUPS) {
                return side;
            }
        }
        return SIDES.getLast();
    }

    private static Dim tiles(Dim size, int side) {
        return size.ceilDiv(Dim.of(side));
    }

    private List<String> tile(int side, Parts p, PointwiseText.@Nullable Epilogue epilogue) {
        int each = side / GROUP;
        int slice = SLICE / side;
        TileNumbers numbers = p.numbers;
        List<String> parts = numbers.parts();
        List<String> lines = new ArrayList<>();
        parts.forEach(
                part -> lines.add("local " + numbers.type + " " + part + "_slice[" + slice + "][" + (side + 1) + "];"));
        lines.add("local " + numbers.type + " right_slice[" + slice + "][" + side + "];");
        lines.add("const int x_item = get_local_id(0), y_item = get_local_id(1), item = y_item * 16 + x_item;");
        lines.add("const long first_column = get_group_id(0) * " + side + "L, first_row = get_group_id(1) * " + side
                + "L;");
        lines.addAll(p.before);
        lines.add(numbers.sum() + " s[" + each + "][" + each + "];");
        lines.add("for (int j = 0; j < " + each + "; j++) {");
        lines.add("    const long c = first_column + x_item + 16 * j;");
        lines.add("    const " + numbers.sum() + " start_of = "
                + (numbers.areBytes() ? "0;" : "c < " + p.columns + " ? " + p.start + " : 0;"));
        lines.add("    for (int i = 0; i < " + each + "; i++) {");
        lines.add("        s[i][j] = start_of;");
        lines.add("    }");
        lines.add("}");
        lines.add("for (long from = 0; from < " + p.depth + "; from += " + slice + ") {");
        lines.add("    for (int e = item; e < 1024; e += 256) {");
        lines.add("        const long k = from + e % " + slice + ", r = first_row + e / " + slice + ";");
        numbers.load(program, "k < " + p.depth + " && r < " + p.rows, p.slice, p.word, p.inner, p.left)
                .forEach(l -> lines.add("        " + l));
        parts.forEach(
                part -> lines.add("        " + part + "_slice[e % " + slice + "][e / " + slice + "] = " + part + ";"));
        lines.add("    }");
        lines.add("    for (int e = item; e < 1024; e += 256) {");
        lines.add("        const long k = from + e / " + side + ", c = first_column + e % " + side + ";");
        lines.add("        right_slice[e / " + side + "][e % " + side + "] = k < " + p.depth + " && c < " + p.columns
                + " ? " + p.right + " : 0;");
        lines.add("    }");
        lines.add("    barrier(CLK_LOCAL_MEM_FENCE);");
        lines.add("    for (int k = 0; k < " + slice + "; k++) {");
        for (int i = 0; i < each; i++) {
            for (String part : parts) {
                lines.add("        const " + numbers.type + " " + part + i + " = " + part + "_slice[k][y_item + "
                        + 16 * i + "];");
            }
            lines.add("        const " + numbers.type + " right" + i + " = right_slice[k][x_item + " + 16 * i + "];");
        }
        for (int i = 0; i < each; i++) {
            int row = i;
            List<String> left = parts.stream().map(part -> part + row).toList();
            for (int j = 0; j < each; j++) {
                String sum = "s[" + i + "][" + j + "]";
                lines.add("        " + sum + " = " + numbers.add(program, sum, left, "right" + j) + ";");
            }
        }
        lines.add("    }");
        lines.add("    barrier(CLK_LOCAL_MEM_FENCE);");
        lines.add("}");
        lines.add("for (int i = 0; i < " + each + "; i++) {");
        lines.add("    for (int j = 0; j < " + each + "; j++) {");
        lines.add("        const long r = first_row + y_item + 16 * i, c = first_column + x_item + 16 * j;");
        lines.add("        if (r < " + p.rows + " && c < " + p.columns + ") {");
        String sum = numbers.areBytes() ? "(float) s[i][j] + " + p.start : "s[i][j]";
        lines.add("            " + p.store + " = " + finished(epilogue, sum, p.row, p.column) + ";");
        lines.add("        }");
        lines.add("    }");
        lines.add("}");
        return lines;
    }

    private static String finished(PointwiseText.@Nullable Epilogue epilogue, String sum, String row, String column) {
        return epilogue == null
                ? sum
                : epilogue.function() + "(" + sum + ", " + row + ", " + column + ", columns" + epilogue.passed() + ")";
    }

    private static Dim items(Dim size, int side) {
        return tiles(size, side).times(Dim.of(GROUP));
    }

    private Launch tiles(
            String stem,
            List<String> parameters,
            Parts parts,
            PointwiseText.@Nullable Epilogue epilogue,
            List<Dim> sizes,
            List<Launch.Argument> arguments) {
        int side = side(sizes);
        String text = "kernel __attribute__((reqd_work_group_size(16, 16, 1)))\nvoid " + ProgramText.NAME
                + ProgramText.parameters(ProductText.with(epilogue, parameters)) + " {\n"
                + ProgramText.lines(1, tile(side, parts, epilogue)) + "}\n";
        return new Launch(
                program.define(stem + parts.numbers.ending(), text),
                List.of(items(sizes.get(0), side), items(sizes.get(1), side), sizes.get(2)),
                List.of(GROUP, GROUP, 1),
                ProductText.and(epilogue, arguments));
    }

    /** The words along the depth of a matrix of bytes. */
    private static final String WORDS = "((depth + 3) / 4)";

    /** An element of weights that are in panels of 32 columns. */
    private static String panel(String column, String depth, String k) {
        return "weights[" + column + " / 32 * 32 * " + depth + " + " + k + " * 32 + " + column + " % 32]";
    }

    // Matrices.

    Launch matrix(Step.MatrixProduct s) {
        PointwiseText.Epilogue epilogue = pointwise.epilogue(s.epilogue());
        Step.MatrixProduct.Matrix m = s.matrix();
        Weight w = m.weight();
        TileNumbers numbers = numbers(s.bytes());
        Panels panels = m.transposed() ? new Panels.Filters(w, 1) : new Panels.Matrix(w);
        List<String> parameters = List.of(
                "const long rows",
                "const long depth",
                "const long columns",
                "global const float *x, const long x_at",
                "global const " + numbers.type + " *weights",
                "global const float *start",
                "global float *y, const long y_at");
        List<Launch.Argument> arguments = List.of(
                new Launch.Size(s.rows()),
                new Launch.Size(Dim.of(m.depth())),
                new Launch.Size(Dim.of(m.columns())),
                new Launch.Elements(s.x()),
                weights(numbers, panels, m.depth()),
                new Launch.Arranged(Panels.start(m.bias(), 1, m.columns())),
                new Launch.Elements(s.to()));
        if (s.rows().isConstant(1)) {
            return row(numbers, parameters, epilogue, m.columns(), arguments);
        }
        String depth = numbers.areBytes() ? WORDS : "depth";
        Parts parts = new Parts(
                numbers,
                List.of(),
                "rows",
                "columns",
                depth,
                "k",
                "depth",
                List.of(),
                "x[x_at + r * depth + " + (numbers.areBytes() ? "d]" : "k]"),
                panel("c", depth, "k"),
                "start[c]",
                "y[y_at + r * columns + c]",
                "r",
                "c");
        return tiles(
                "matrix_product_tiles",
                parameters,
                parts,
                epilogue,
                List.of(Dim.of(m.columns()), s.rows(), Dim.ONE),
                arguments);
    }

    private static Launch.Argument weights(TileNumbers numbers, Panels panels, long depth) {
        return numbers.areBytes() ? new Launch.ArrangedBytes(panels, depth) : new Launch.Arranged(panels);
    }

    /** One row: each weight is read once, so some work items share a column and add up what they have. */
    private Launch row(
            TileNumbers numbers,
            List<String> parameters,
            PointwiseText.@Nullable Epilogue epilogue,
            long columns,
            List<Launch.Argument> arguments) {
        String sum = numbers.sum();
        String depth = numbers.areBytes() ? WORDS : "depth";
        List<String> lines = new ArrayList<>();
        lines.add("local " + sum + " part[" + SHARES + "][32];");
        lines.add("const int lane = get_local_id(0), share = get_local_id(1);");
        lines.add("const long c = get_global_id(0);");
        lines.add(sum + " sum = 0;");
        lines.add("if (c < columns && rows > 0) {");
        lines.add("    for (long k = share; k < " + depth + "; k += " + SHARES + ") {");
        String right = panel("c", depth, "k");
        if (numbers.areBytes()) {
            numbers.load(program, "true", List.of(), "k", "depth", "x[x_at + d]")
                    .forEach(l -> lines.add("        " + l));
            lines.add("        const uint right = " + right + ";");
            lines.add("        sum = " + numbers.add(program, "sum", numbers.parts(), "right") + ";");
        } else {
            lines.add("        sum = " + numbers.add(program, "sum", List.of("x[x_at + k]"), right) + ";");
        }
        lines.add("    }");
        lines.add("}");
        lines.add("part[share][lane] = sum;");
        lines.add("barrier(CLK_LOCAL_MEM_FENCE);");
        lines.add("if (share == 0 && c < columns && rows > 0) {");
        lines.add("    " + sum + " all = " + (numbers.areBytes() ? "0" : "start[c]") + ";");
        lines.add("    for (int i = 0; i < " + SHARES + "; i++) {");
        lines.add("        all += part[i][lane];");
        lines.add("    }");
        String all = numbers.areBytes() ? "(float) all + start[c]" : "all";
        lines.add("    y[y_at + c] = " + finished(epilogue, all, "0", "c") + ";");
        lines.add("}");
        String text = "kernel __attribute__((reqd_work_group_size(32, " + SHARES + ", 1)))\nvoid " + ProgramText.NAME
                + ProgramText.parameters(ProductText.with(epilogue, parameters)) + " {\n"
                + ProgramText.lines(1, lines) + "}\n";
        return new Launch(
                program.define("row_product" + numbers.ending(), text),
                List.of(Dim.of(Panels.count(columns) * Panels.WIDTH), Dim.of(SHARES)),
                List.of(Panels.WIDTH, SHARES),
                ProductText.and(epilogue, arguments));
    }

    Launch batched(Step.BatchedProduct s) {
        PointwiseText.Epilogue epilogue = pointwise.epilogue(s.epilogue());
        Shape x = s.x().shape();
        Shape y = s.y().shape();
        Shape out = s.to().shape();
        int batch = out.rank() - 2;
        List<String> parameters = new ArrayList<>(List.of(
                "const long rows",
                "const long depth",
                "const long columns",
                "global const float *x, const long x_at",
                "global const float *z, const long z_at",
                "global float *y, const long y_at"));
        List<Launch.Argument> arguments = new ArrayList<>(List.of(
                new Launch.Size(x.dim(-2)),
                new Launch.Size(x.dim(-1)),
                new Launch.Size(y.dim(-1)),
                new Launch.Elements(s.x()),
                new Launch.Elements(s.y()),
                new Launch.Elements(s.to())));
        List<String> before = new ArrayList<>();
        before.add("const long batch = get_group_id(2);");
        before.add("long rest = batch;");
        before.addAll(Batches.lines(x, y, out, batch, parameters, arguments));
        Parts parts = new Parts(
                TileNumbers.FLOATS,
                before,
                "rows",
                "columns",
                "depth",
                "k",
                "depth",
                List.of(),
                "x[x_at + (x_batch * rows + r) * depth + k]",
                "z[z_at + (z_batch * depth + k) * columns + c]",
                "0.0f",
                "y[y_at + (batch * rows + r) * columns + c]",
                "batch * rows + r",
                "c");
        return tiles(
                "batched_product_tiles",
                parameters,
                parts,
                epilogue,
                List.of(y.dim(-1), x.dim(-2), out.slice(0, batch).elements()),
                arguments);
    }

    // Convolutions.

    Launch convolution(Step.Convolution s) {
        return switch (s.form()) {
            case GROUPED -> grouped(s);
            case DEPTHWISE, TRANSPOSED -> elements(s);
            case WINOGRAD -> throw new IllegalStateException("the kernels of this target sum in order: " + s);
        };
    }

    /** A product of a row for each pixel, whose depth are the taps and in them the channels. */
    private Launch grouped(Step.Convolution s) {
        PointwiseText.Epilogue epilogue = pointwise.epilogue(s.epilogue());
        Window2d window = s.window();
        long depth = s.filters().dim(1);
        long own = s.filters().dim(0) / s.groups();
        TileNumbers numbers = numbers(s.bytes());
        long words = Math.ceilDiv(depth, (long) numbers.elements);
        long all = words * window.taps();
        long padded = Panels.count(own) * Panels.WIDTH;
        List<String> before = new ArrayList<>();
        before.add("const long group = get_group_id(2);");
        before.add("weights += group * " + padded * all + "L;");
        before.add("start += group * " + padded + "L;");
        before.add("x += x_at + group * " + depth + ";");
        before.add("y += y_at + group * " + own + ";");
        List<String> slice = List.of(
                "const int tap = k / " + Math.max(1, words) + ";",
                "const uint line = (uint) r / (uint) out_width;",
                "const long at_width = (uint) r % (uint) out_width * " + window.strideWidth() + " - pad_left",
                "        + tap % " + window.kernelWidth() + " * " + window.dilationWidth() + ";",
                "const long at_height = line % (uint) out_height * " + window.strideHeight() + " - pad_top",
                "        + tap / " + window.kernelWidth() + " * " + window.dilationHeight() + ";",
                "const bool inside = at_height >= 0 && at_height < height && at_width >= 0 && at_width < width;",
                "const long pixel = (line / (uint) out_height * height + at_height) * width + at_width;");
        String channel = numbers.areBytes() ? "d" : "k % " + Math.max(1, depth);
        Parts parts = new Parts(
                numbers,
                before,
                "pixels",
                own + "L",
                all + "L",
                "k % " + Math.max(1, words),
                Math.max(1, depth) + "L",
                slice,
                "inside ? x[pixel * channels + " + channel + "] : 0",
                panel("c", all + "L", "k"),
                "start[c]",
                "y[r * columns + c]",
                "r",
                "group * " + own + " + c");
        Shape out = s.to().shape();
        return tiles(
                "convolution_tiles",
                ProductText.windowParameters(numbers.type),
                parts,
                epilogue,
                List.of(Dim.of(own), out.slice(0, 3).elements(), Dim.of(s.groups())),
                ProductText.windowArguments(
                        s,
                        weights(numbers, new Panels.Filters(s.filters(), s.groups()), depth),
                        Panels.start(s.bias(), s.groups(), own)));
    }

    /** Depthwise and transposed convolutions: a work item for each element of the result. */
    private Launch elements(Step.Convolution s) {
        PointwiseText.Epilogue epilogue = pointwise.epilogue(s.epilogue());
        Window2d window = s.window();
        boolean depthwise = s.form() == Step.Convolution.Form.DEPTHWISE;
        long depth = depthwise ? 1 : s.filters().dim(0);
        long columns = s.filters().dim(depthwise ? 0 : 1);
        List<String> lines = new ArrayList<>();
        lines.add("if (get_global_id(0) >= pixels * columns) {");
        lines.add("    return;");
        lines.add("}");
        lines.add("const uint row = (uint) get_global_id(0) / (uint) columns;");
        lines.add("const long c = (uint) get_global_id(0) % (uint) columns;");
        lines.add("const uint line = row / (uint) out_width;");
        lines.add("global const float *image = x + x_at + line / (uint) out_height * height * width * channels;");
        String wide = depthwise ? " * " + window.strideWidth() + " - (int) pad_left;" : " + (int) pad_left;";
        String high = depthwise ? " * " + window.strideHeight() + " - (int) pad_top;" : " + (int) pad_top;";
        lines.add("const int left = row % (uint) out_width" + wide);
        lines.add("const int top = line % (uint) out_height" + high);
        lines.add("float sum = start[c];");
        lines.add("for (int h = 0; h < " + window.kernelHeight() + "; h++) {");
        lines.addAll(
                place("at_height", "top", "h", "height", depthwise, window.dilationHeight(), window.strideHeight(), 1));
        lines.add("    for (int v = 0; v < " + window.kernelWidth() + "; v++) {");
        lines.addAll(
                place("at_width", "left", "v", "width", depthwise, window.dilationWidth(), window.strideWidth(), 2));
        lines.add("        const int tap = h * " + window.kernelWidth() + " + v;");
        lines.add("        global const float *a = image + (at_height * width + at_width) * channels;");
        if (depthwise) {
            lines.add("        sum = fma(a[c], " + panel("c", String.valueOf(window.taps()), "tap") + ", sum);");
        } else {
            lines.add("        for (long k = 0; k < " + depth + "; k++) {");
            String w = panel("c", window.taps() * depth + "L", "(tap * " + depth + "L + k)");
            lines.add("            sum = fma(a[k], " + w + ", sum);");
            lines.add("        }");
        }
        lines.add("    }");
        lines.add("}");
        lines.add("y[y_at + row * columns + c] = " + finished(epilogue, "sum", "row", "c") + ";");
        String stem = depthwise ? "depthwise_convolution" : "transposed_convolution";
        Panels panels = depthwise ? new Panels.Depthwise(s.filters()) : new Panels.Transposed(s.filters());
        return new Launch(
                program.define(
                        stem,
                        MovementText.kernel(ProductText.with(epilogue, ProductText.windowParameters("float")), lines)),
                List.of(s.to().shape().elements()),
                LINE,
                ProductText.and(
                        epilogue,
                        ProductText.windowArguments(
                                s, new Launch.Arranged(panels), Panels.start(s.bias(), 1, columns))));
    }

    /** Declares the coordinate under a tap, and goes on where there is none. */
    private static List<String> place(
            String name, String from, String tap, String size, boolean forward, long dilation, long stride, int depth) {
        List<String> lines = new ArrayList<>();
        String outside = name + " >= " + size;
        if (forward) {
            lines.add("const long " + name + " = " + from + " + " + tap + " * " + dilation + ";");
            outside = name + " < 0 || " + outside;
        } else {
            lines.add("const int before_" + tap + " = " + from + " - " + tap + " * " + dilation + ";");
            lines.add("const long " + name + " = before_" + tap + " / " + stride + ";");
            outside = "before_" + tap + " < 0 || before_" + tap + " % " + stride + " != 0 || " + outside;
        }
        lines.add("if (" + outside + ") {");
        lines.add("    continue;");
        lines.add("}");
        return lines.stream().map(l -> "    ".repeat(depth) + l).toList();
    }
}
