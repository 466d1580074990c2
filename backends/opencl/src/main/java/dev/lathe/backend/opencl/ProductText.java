package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.Weight;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products and convolutions. A work item makes a tile of some rows and {@link Panels#WIDTH} columns, whose sums
 * are in registers; along the second axis of the launch are the panels.
 */
final class ProductText {
    /** The work items of a group, where they share little. */
    private static final int GROUP = 8;

    private final ProgramText program;
    private final PointwiseText pointwise;
    private final StoreText store;
    private final DisjointWindowsText disjoint;
    private final DepthwiseText depthwise;

    ProductText(ProgramText program, PointwiseText pointwise) {
        this.program = program;
        this.pointwise = pointwise;
        this.store = new StoreText(program);
        this.disjoint = new DisjointWindowsText(program, pointwise);
        this.depthwise = new DepthwiseText(program, pointwise, store);
    }

    // What tiles are made of.

    /** Declares the sums of a tile, which start from {@code c0} and {@code c1}. */
    static List<String> sums(int rows) {
        List<String> lines = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            lines.add("float16 s" + r + " = c0, t" + r + " = c1;");
        }
        return lines;
    }

    /** Adds row {@code w0}, {@code w1} of a panel times element {@code k} of each row {@code a0…}. */
    private static List<String> multiply(int rows) {
        List<String> lines = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            lines.add("s" + r + " = fma((float16) a" + r + "[k], w0, s" + r + ");");
            lines.add("t" + r + " = fma((float16) a" + r + "[k], w1, t" + r + ");");
        }
        return lines;
    }

    static List<String> overDepth(int rows) {
        return overDepth(rows, "depth");
    }

    private static List<String> overDepth(int rows, String depth) {
        List<String> lines = new ArrayList<>();
        lines.add("for (long k = 0; k < " + depth + "; k++, w += 32) {");
        lines.add("    const float16 w0 = vload16(0, w), w1 = vload16(1, w);");
        multiply(rows).forEach(l -> lines.add("    " + l));
        lines.add("}");
        return lines;
    }

    static List<String> with(PointwiseText.@Nullable Epilogue epilogue, List<String> parameters) {
        List<String> all = new ArrayList<>(parameters);
        if (epilogue != null) {
            all.addAll(epilogue.parameters());
        }
        return all;
    }

    static List<Launch.Argument> and(PointwiseText.@Nullable Epilogue epilogue, List<Launch.Argument> arguments) {
        List<Launch.Argument> all = new ArrayList<>(arguments);
        if (epilogue != null) {
            all.addAll(epilogue.arguments());
        }
        return List.copyOf(all);
    }

    // Matrices.

    Launch matrix(Step.MatrixProduct s, RegisterTile tile) {
        PointwiseText.Epilogue epilogue = pointwise.epilogue(s.epilogue());
        Step.MatrixProduct.Matrix m = s.matrix();
        Weight w = m.weight();
        int rows = tile.rows();
        List<String> lines = new ArrayList<>();
        lines.add("const long first = get_global_id(0) * " + rows + "L;");
        lines.add("const long panel = get_global_id(1);");
        lines.add("if (first >= rows) {");
        lines.add("    return;");
        lines.add("}");
        lines.add("const long column = panel * 32;");
        lines.add("const int n = min(columns - column, 32L);");
        lines.add("global const float *w = weights + column * depth;");
        for (int r = 0; r < rows; r++) {
            lines.add("global const float *a" + r + " = x + x_at + "
                    + (r == 0 ? "first" : "min(first + " + r + ", rows - 1)") + " * depth;");
        }
        lines.add("const float16 c0 = vload16(0, start + column), c1 = vload16(1, start + column);");
        lines.addAll(sums(rows));
        lines.addAll(overDepth(rows));
        lines.addAll(store.tile(rows, epilogue, "first", "rows", "y_at + ROW * columns + column"));
        List<String> parameters = with(
                epilogue,
                List.of(
                        "const long rows",
                        "const long depth",
                        "const long columns",
                        "global const float *x, const long x_at",
                        "global const float *weights",
                        "global const float *start",
                        "global float *y, const long y_at"));
        return new Launch(
                program.define("matrix_product", MovementText.kernel(parameters, lines)),
                List.of(s.rows().ceilDiv(Dim.of(rows)), Dim.of(Panels.count(m.columns()))),
                tile.group(),
                and(
                        epilogue,
                        List.of(
                                new Launch.Size(s.rows()),
                                new Launch.Size(Dim.of(m.depth())),
                                new Launch.Size(Dim.of(m.columns())),
                                new Launch.Elements(s.x()),
                                new Launch.Arranged(m.transposed() ? new Panels.Filters(w, 1) : new Panels.Matrix(w)),
                                new Launch.Arranged(Panels.start(m.bias(), 1, m.columns())),
                                new Launch.Elements(s.to()))));
    }

    Launch batched(Step.BatchedProduct s) {
        PointwiseText.Epilogue epilogue = pointwise.epilogue(s.epilogue());
        Shape x = s.x().shape();
        Shape y = s.y().shape();
        Shape out = s.to().shape();
        int batch = out.rank() - 2;
        Dim rows = x.dim(-2);
        RegisterTile tile = RegisterTile.usual(rows);
        int height = tile.rows();
        List<String> parameters = new ArrayList<>(List.of(
                "const long batches",
                "const long rows",
                "const long depth",
                "const long columns",
                "global const float *x, const long x_at",
                "global const float *z, const long z_at",
                "global float *y, const long y_at"));
        List<Launch.Argument> arguments = new ArrayList<>(List.of(
                new Launch.Size(out.slice(0, batch).elements()),
                new Launch.Size(rows),
                new Launch.Size(x.dim(-1)),
                new Launch.Size(y.dim(-1)),
                new Launch.Elements(s.x()),
                new Launch.Elements(s.y()),
                new Launch.Elements(s.to())));
        List<String> lines = new ArrayList<>();
        lines.add("const long tiles = (rows + " + (height - 1) + ") / " + height + ";");
        lines.add("const long batch = get_global_id(0) / tiles;");
        lines.add("const long first = get_global_id(0) % tiles * " + height + ";");
        lines.add("if (batch >= batches) {");
        lines.add("    return;");
        lines.add("}");
        lines.add("// The last columns are those of the tile before, too.");
        lines.add("const long column = max(min((long) get_global_id(1) * 32, columns - 32), 0L);");
        lines.add("const int n = min(columns - column, 32L);");
        lines.add("long rest = batch;");
        lines.addAll(Batches.lines(x, y, out, batch, parameters, arguments));
        lines.add("global const float *w = z + z_at + z_batch * depth * columns + column;");
        lines.add("global const float *a = x + x_at + x_batch * rows * depth;");
        for (int r = 0; r < height; r++) {
            lines.add("global const float *a" + r + " = a + " + (r == 0 ? "first" : "min(first + " + r + ", rows - 1)")
                    + " * depth;");
        }
        lines.add("const float16 c0 = 0, c1 = 0;");
        lines.addAll(sums(height));
        lines.add("if (n == 32) {");
        lines.add("    for (long k = 0; k < depth; k++, w += columns) {");
        lines.add("        const float16 w0 = vload16(0, w), w1 = vload16(1, w);");
        multiply(height).forEach(l -> lines.add("        " + l));
        lines.add("    }");
        lines.add("} else {");
        lines.add("    float part[32];");
        lines.add("    vstore16(c0, 0, part);");
        lines.add("    vstore16(c1, 1, part);");
        lines.add("    for (long k = 0; k < depth; k++, w += columns) {");
        lines.add("        for (int j = 0; j < n; j++) {");
        lines.add("            part[j] = w[j];");
        lines.add("        }");
        lines.add("        const float16 w0 = vload16(0, part), w1 = vload16(1, part);");
        multiply(height).forEach(l -> lines.add("        " + l));
        lines.add("    }");
        lines.add("}");
        lines.add("// Among the rows of all batches.");
        lines.add("const long row = batch * rows + first, end = batch * rows + rows;");
        lines.addAll(store.tile(height, epilogue, "row", "end", "y_at + ROW * columns + column"));
        return new Launch(
                program.define("batched_product", MovementText.kernel(with(epilogue, parameters), lines)),
                List.of(
                        out.slice(0, batch).elements().times(rows.ceilDiv(Dim.of(height))),
                        y.dim(-1).ceilDiv(Dim.of(Panels.WIDTH))),
                tile.group(),
                and(epilogue, arguments));
    }

    // Convolutions.

    Launch convolution(Step.Convolution s, RegisterTile tile) {
        return switch (s.form()) {
            case GROUPED -> grouped(s, tile);
            case DEPTHWISE -> depthwise.launch(s);
            case TRANSPOSED -> DisjointWindowsText.takes(s) ? disjoint.transposed(s) : transposed(s);
            case WINOGRAD -> throw new IllegalStateException("the kernels of this target sum in order: " + s);
        };
    }

    static final List<String> WINDOW_PARAMETERS = windowParameters("float");

    /** @param weights the type of what weights are made of */
    static List<String> windowParameters(String weights) {
        return List.of(
                "const long pixels",
                "const long height",
                "const long width",
                "const long channels",
                "const long out_height",
                "const long out_width",
                "const long columns",
                "const long pad_top",
                "const long pad_left",
                "global const float *x, const long x_at",
                "global const " + weights + " *weights",
                "global const float *start",
                "global float *y, const long y_at");
    }

    static List<Launch.Argument> windowArguments(Step.Convolution s, Panels weights, Panels start) {
        return windowArguments(s, new Launch.Arranged(weights), start);
    }

    static List<Launch.Argument> windowArguments(Step.Convolution s, Launch.Argument weights, Panels start) {
        Shape in = s.x().shape();
        Shape out = s.to().shape();
        return List.of(
                new Launch.Size(out.slice(0, 3).elements()),
                new Launch.Size(in.dim(1)),
                new Launch.Size(in.dim(2)),
                new Launch.Size(in.dim(3)),
                new Launch.Size(out.dim(1)),
                new Launch.Size(out.dim(2)),
                new Launch.Size(out.dim(3)),
                new Launch.Size(s.window().pad(0)),
                new Launch.Size(s.window().pad(1)),
                new Launch.Elements(s.x()),
                weights,
                new Launch.Arranged(start),
                new Launch.Elements(s.to()));
    }

    /** Declares {@code inside}: whether the windows of all pixels of a tile are inside of their images. */
    static List<String> isInside(int pixels, Window2d window) {
        List<String> lines = new ArrayList<>();
        lines.add("bool inside = true;");
        lines.add("for (int r = 0; r < " + pixels + "; r++) {");
        lines.add("    inside &= top[r] >= 0 && top[r] + "
                + (window.kernelHeight() - 1) * window.dilationHeight() + " < height && left[r] >= 0 && left[r] + "
                + (window.kernelWidth() - 1) * window.dilationWidth() + " < width;");
        lines.add("}");
        return lines;
    }

    /** Adds up windows inside of an image: their lines are side by side, so that each is one sum of products. */
    private static List<String> wholeLines(int height, Window2d window) {
        List<String> lines = new ArrayList<>();
        lines.add("for (int h = 0; h < " + window.kernelHeight() + "; h++) {");
        for (int r = 0; r < height; r++) {
            lines.add("    global const float *a" + r + " = images[" + r + "] + ((top[" + r + "] + h * "
                    + window.dilationHeight() + "L) * width + left[" + r + "]) * channels;");
        }
        overDepth(height, window.kernelWidth() + " * depth").forEach(l -> lines.add("    " + l));
        lines.add("}");
        return lines;
    }

    /** Adds up windows tap by tap: pixels around an image are zeros. */
    private static List<String> eachTap(int height, Window2d window) {
        List<String> lines = new ArrayList<>();
        lines.add("for (int h = 0; h < " + window.kernelHeight() + "; h++) {");
        lines.add("    for (int v = 0; v < " + window.kernelWidth() + "; v++) {");
        lines.add("        // Pixels around an image are zeros.");
        lines.add("        global const float *taps[" + height + "];");
        lines.add("        for (int r = 0; r < " + height + "; r++) {");
        lines.add("            const long line = top[r] + h * " + window.dilationHeight() + ";");
        lines.add("            const long place = left[r] + v * " + window.dilationWidth() + ";");
        lines.add("            const bool is_inside = line >= 0 && line < height && place >= 0 && place < width;");
        lines.add("            taps[r] = is_inside ? images[r] + (line * width + place) * channels : zeros;");
        lines.add("        }");
        for (int r = 0; r < height; r++) {
            lines.add("        global const float *a" + r + " = taps[" + r + "];");
        }
        overDepth(height).forEach(l -> lines.add("        " + l));
        lines.add("    }");
        lines.add("}");
        return lines;
    }

    private Launch grouped(Step.Convolution s, RegisterTile tile) {
        int height = tile.rows();
        PointwiseText.Epilogue epilogue = pointwise.epilogue(s.epilogue());
        Window2d window = s.window();
        long depth = s.filters().dim(1);
        long own = s.filters().dim(0) / s.groups();
        long panels = Panels.count(own);
        List<String> lines = new ArrayList<>();
        lines.add("const long first = get_global_id(0) * " + height + "L;");
        lines.add("if (first >= pixels) {");
        lines.add("    return;");
        lines.add("}");
        lines.add("const long depth = " + depth + ";");
        lines.add("const long group = get_global_id(1) / " + panels + ";");
        lines.add("const long inner = get_global_id(1) % " + panels + " * 32;");
        lines.add("const long column = group * " + own + " + inner;");
        lines.add("const int n = min(" + own + " - inner, 32L);");
        lines.add(
                "global const float *w = weights + get_global_id(1) * " + window.taps() * depth * Panels.WIDTH + "L;");
        lines.add("global const float *c = start + get_global_id(1) * 32L;");
        lines.add("global const float *images[" + height + "];");
        lines.add("int top[" + height + "], left[" + height + "];");
        lines.add("for (int r = 0; r < " + height + "; r++) {");
        lines.add("    const uint pixel = min(first + r, pixels - 1);");
        lines.add("    const uint line = pixel / (uint) out_width;");
        lines.add("    left[r] = pixel % (uint) out_width * " + window.strideWidth() + " - (int) pad_left;");
        lines.add("    top[r] = line % (uint) out_height * " + window.strideHeight() + " - (int) pad_top;");
        lines.add("    images[r] = x + x_at + line / (uint) out_height * height * width * channels + group * depth;");
        lines.add("}");
        lines.add("const float16 c0 = vload16(0, c), c1 = vload16(1, c);");
        lines.addAll(sums(height));
        List<String> taps = eachTap(height, window);
        if (s.groups() == 1 && window.dilationWidth() == 1) {
            lines.addAll(isInside(height, window));
            lines.add("if (inside) {");
            wholeLines(height, window).forEach(l -> lines.add("    " + l));
            lines.add("} else {");
            taps.forEach(l -> lines.add("    " + l));
            lines.add("}");
        } else {
            lines.addAll(taps);
        }
        lines.addAll(store.tile(height, epilogue, "first", "pixels", "y_at + ROW * columns + column"));
        List<String> parameters = new ArrayList<>(WINDOW_PARAMETERS);
        parameters.add("global const float *zeros");
        List<Launch.Argument> arguments = new ArrayList<>(windowArguments(
                s, new Panels.Filters(s.filters(), s.groups()), Panels.start(s.bias(), s.groups(), own)));
        arguments.add(new Launch.Arranged(new Panels.Zeros(depth)));
        return new Launch(
                program.define("convolution", MovementText.kernel(with(epilogue, parameters), lines)),
                List.of(s.to().shape().slice(0, 3).elements().ceilDiv(Dim.of(height)), Dim.of(s.groups() * panels)),
                tile.group(),
                and(epilogue, arguments));
    }

    private Launch transposed(Step.Convolution s) {
        PointwiseText.Epilogue epilogue = pointwise.epilogue(s.epilogue());
        Window2d window = s.window();
        long depth = s.filters().dim(0);
        long columns = s.filters().dim(1);
        List<String> lines = new ArrayList<>();
        lines.add("const long first = get_global_id(0);");
        lines.add("if (first >= pixels) {");
        lines.add("    return;");
        lines.add("}");
        lines.add("const long depth = " + depth + ";");
        lines.add("const long column = get_global_id(1) * 32L;");
        lines.add("const int n = min(columns - column, 32L);");
        lines.add("const uint row = (uint) first / (uint) out_width;");
        lines.add("const int left = (uint) first % (uint) out_width + (int) pad_left;");
        lines.add("const int top = row % (uint) out_height + (int) pad_top;");
        lines.add("global const float *image = x + x_at + row / (uint) out_height * height * width * channels;");
        lines.add("const float16 c0 = vload16(0, start + column), c1 = vload16(1, start + column);");
        lines.addAll(sums(1));
        lines.add("for (int h = 0; h < " + window.kernelHeight() + "; h++) {");
        lines.add("    // The line whose window has this one as its line h, if there is one.");
        lines.add("    const int above = top - h * " + window.dilationHeight() + ";");
        lines.add("    const long line = above / " + window.strideHeight() + ";");
        lines.add("    if (above < 0 || above % " + window.strideHeight() + " != 0 || line >= height) {");
        lines.add("        continue;");
        lines.add("    }");
        lines.add("    for (int v = 0; v < " + window.kernelWidth() + "; v++) {");
        lines.add("        const int before = left - v * " + window.dilationWidth() + ";");
        lines.add("        const long place = before / " + window.strideWidth() + ";");
        lines.add("        if (before < 0 || before % " + window.strideWidth() + " != 0 || place >= width) {");
        lines.add("            continue;");
        lines.add("        }");
        lines.add("        global const float *a0 = image + (line * width + place) * channels;");
        lines.add("        global const float *w =");
        lines.add("                weights + (column * " + window.taps() + " + (h * " + window.kernelWidth()
                + " + v) * 32L) * depth;");
        overDepth(1).forEach(l -> lines.add("        " + l));
        lines.add("    }");
        lines.add("}");
        lines.addAll(store.tile(1, epilogue, "first", "pixels", "y_at + ROW * columns + column"));
        return new Launch(
                program.define("transposed_convolution", MovementText.kernel(with(epilogue, WINDOW_PARAMETERS), lines)),
                List.of(s.to().shape().slice(0, 3).elements(), Dim.of(Panels.count(columns))),
                GROUP,
                and(
                        epilogue,
                        windowArguments(s, new Panels.Transposed(s.filters()), Panels.start(s.bias(), 1, columns))));
    }
}
