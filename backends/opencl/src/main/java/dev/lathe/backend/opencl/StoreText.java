package dev.lathe.backend.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How sums that are in registers get to where they belong, through the epilogue of a product. */
final class StoreText {
    private final ProgramText program;

    StoreText(ProgramText program) {
        this.program = program;
    }

    /** A vector of sums from column {@code column} on with the epilogue; empty if that has no form for vectors. */
    private static Optional<String> finished(
            PointwiseText.@Nullable Epilogue epilogue, String sums, String row, String column) {
        return epilogue == null
                ? Optional.of(sums)
                : epilogue.vector()
                        .map(f -> f + "(" + sums + ", " + row + ", " + column + ", columns" + epilogue.passed() + ")");
    }

    /**
     * The function that stores a row of a tile, of some vectors, with the epilogue. A whole row whose epilogue has no
     * form for vectors is finished in private memory, which nothing else is, so that compilers make vectors of it.
     */
    String row(PointwiseText.@Nullable Epilogue epilogue, int vectors) {
        List<String> parameters = new ArrayList<>(List.of(
                "global float *y",
                "private const float *s",
                "const long row",
                "const long column",
                "const long columns",
                "const int n"));
        int width = vectors * VectorText.WIDTH;
        List<String> lines = new ArrayList<>();
        String value = "s[j]";
        lines.add("if (n >= " + width + ") {");
        if (epilogue != null) {
            parameters.addAll(epilogue.parameters());
            value = epilogue.function() + "(s[j], row, column + j, columns" + epilogue.passed() + ")";
        }
        boolean isScalar = epilogue != null && epilogue.vector().isEmpty();
        if (isScalar) {
            lines.add("    float all[" + width + "];");
            lines.add("    for (int j = 0; j < " + width + "; j++) {");
            lines.add("        all[j] = " + value + ";");
            lines.add("    }");
        }
        for (int part = 0; part < vectors; part++) {
            int at = part * VectorText.WIDTH;
            String whole = isScalar
                    ? "vload16(" + part + ", all)"
                    : finished(epilogue, "vload16(" + part + ", s)", "row", "column + " + at)
                            .orElseThrow();
            lines.add("    vstore16(" + whole + ", " + part + ", y);");
        }
        lines.add("    return;");
        lines.add("}");
        lines.add("for (int j = 0; j < n; j++) {");
        lines.add("    y[j] = " + value + ";");
        lines.add("}");
        String text = "void " + ProgramText.NAME + ProgramText.parameters(parameters) + " {\n"
                + ProgramText.lines(1, lines) + "}\n";
        return program.define("store_row", text);
    }

    /** Puts the sums of a tile into an array. */
    static List<String> kept(int rows) {
        List<String> lines = new ArrayList<>();
        lines.add("float sums[" + rows + "][32];");
        for (int r = 0; r < rows; r++) {
            lines.add("vstore16(s" + r + ", 0, sums[" + r + "]);");
            lines.add("vstore16(t" + r + ", 1, sums[" + r + "]);");
        }
        return lines;
    }

    /**
     * Stores the rows of a tile that exist. A whole tile goes from registers to where it belongs; else rows are stored
     * in a loop, so that the epilogue is in a kernel once.
     *
     * @param place where column {@code column} of {@code ROW} is
     */
    List<String> tile(int rows, PointwiseText.@Nullable Epilogue epilogue, String row, String rowCount, String place) {
        List<String> lines = new ArrayList<>();
        if (epilogue == null || epilogue.vector().isPresent()) {
            lines.add("if (n == 32 && " + row + " + " + rows + " <= " + rowCount + ") {");
            for (int r = 0; r < rows; r++) {
                String own = row + " + " + r;
                String to = "y + " + place.replace("ROW", "(" + own + ")");
                for (int part = 0; part < 2; part++) {
                    String sums = (part == 0 ? "s" : "t") + r;
                    lines.add("    vstore16("
                            + finished(epilogue, sums, own, "column + " + part * VectorText.WIDTH)
                                    .orElseThrow()
                            + ", " + part + ", " + to + ");");
                }
            }
            lines.add("    return;");
            lines.add("}");
        }
        lines.addAll(kept(rows));
        lines.add("for (int r = 0; r < " + rows + " && " + row + " + r < " + rowCount + "; r++) {");
        lines.add("    " + row(epilogue, 2) + "(y + " + place.replace("ROW", "(" + row + " + r)")
                + ", sums[r], " + row + " + r, column, columns, n" + (epilogue == null ? "" : epilogue.passed())
                + ");");
        lines.add("}");
        return lines;
    }
}
