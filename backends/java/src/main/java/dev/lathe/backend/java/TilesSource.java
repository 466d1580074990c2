package dev.lathe.backend.java;

import java.util.List;

/** Writes the family of register tiles that matrix products and convolutions run on: one method for each height and width, their accumulators in locals. */
final class TilesSource {
    static final String CLASS_NAME = "VectorTiles";
    private static final List<Integer> HEIGHTS = List.of(12, 8, 6, 4, 2, 1);

    private static final String HEAD = """
        package %s;

        import dev.lathe.runtime.Machine;
        import dev.lathe.runtime.Tiles;
        import jdk.incubator.vector.FloatVector;
        import jdk.incubator.vector.VectorSpecies;

        /** Tiles of up to twelve rows and two vectors, whose sums stay in registers. */
        final class VectorTiles implements Tiles {
            private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
            private static final int W = F.length();
            private static final int MAX_ROWS = Machine.REGISTERS >= 32 ? 12 : 6;
            private static final ThreadLocal<float[]> EDGE =
                    ThreadLocal.withInitial(() -> new float[MAX_ROWS * 2 * W]);

            @Override
            public int width() {
                return 2 * W;
            }

            @Override
            public int maxRows() {
                return MAX_ROWS;
            }

            @Override
            public int rows(int left) {
                if (left >= MAX_ROWS) {
                    return MAX_ROWS;
                }
                return left >= 8 ? 8 : left >= 6 ? 6 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
            }

            @Override
            public void multiply(
                    int rows, float[] a, int[] offsets, int taps, int depth, float[] b, int bAt,
                    float[] init, int initAt, float[] c, int cAt, int cStride, int columns) {
                if (columns == 2 * W) {
                    two(rows, a, offsets, taps, depth, b, bAt, init, initAt, c, cAt, cStride);
                } else if (columns == W) {
                    one(rows, a, offsets, taps, depth, b, bAt, init, initAt, c, cAt, cStride);
                } else {
                    edge(rows, a, offsets, taps, depth, b, bAt, init, initAt, c, cAt, cStride, columns);
                }
            }

            /** Whole vectors into a tile apart, and from there the columns that are wanted: masked stores would double every tile. */
            private static void edge(
                    int rows, float[] a, int[] offsets, int taps, int depth, float[] b, int bAt,
                    float[] init, int initAt, float[] c, int cAt, int cStride, int columns) {
                float[] tile = EDGE.get();
                if (columns > W) {
                    two(rows, a, offsets, taps, depth, b, bAt, init, initAt, tile, 0, 2 * W);
                } else {
                    one(rows, a, offsets, taps, depth, b, bAt, init, initAt, tile, 0, 2 * W);
                }
                for (int r = 0; r < rows; r++) {
                    System.arraycopy(tile, r * 2 * W, c, cAt + r * cStride, columns);
                }
            }
        """;

    private static final String PARAMETERS = """
        (
                    float[] a, int[] offsets, int taps, int depth, float[] b, int bAt,
                    float[] init, int initAt, float[] c, int cAt, int cStride) {
        """;

    private TilesSource() {}

    static String write(String packageName) {
        StringBuilder s = new StringBuilder(HEAD.formatted(packageName));
        dispatch(s, "two", 2);
        dispatch(s, "one", 1);
        for (int rows : HEIGHTS) {
            tile(s, rows, 2);
            tile(s, rows, 1);
        }
        return s.append("}\n").toString();
    }

    private static void dispatch(StringBuilder s, String name, int vectors) {
        s.append("\n    private static void ")
                .append(name)
                .append(PARAMETERS.replaceFirst("float\\[] a", "int rows, float[] a"))
                .append("        switch (rows) {\n");
        for (int rows : HEIGHTS) {
            s.append("            ")
                    .append(rows == 1 ? "default" : "case " + rows)
                    .append(" -> tile" + rows + "x" + vectors)
                    .append("(a, offsets, taps, depth, b, bAt, init, initAt, c, cAt, cStride);\n");
        }
        s.append("        }\n    }\n");
    }

    /**
     * One tile. Its method stays small: one that C1 gives up on may run interpreted for minutes before C2 takes it.
     */
    private static void tile(StringBuilder s, int rows, int vectors) {
        s.append("\n    private static void tile" + rows + "x" + vectors).append(PARAMETERS);
        for (int v = 0; v < vectors; v++) {
            String first = "s0v" + v;
            s.append("        FloatVector " + first + " = FloatVector.fromArray(F, init, initAt" + plus(v) + ");\n");
            for (int r = 1; r < rows; r++) {
                s.append("        FloatVector s" + r + "v" + v + " = " + first + ";\n");
            }
        }
        s.append("        for (int t = 0, o = 0; t < taps; t++, o += " + rows + ") {\n");
        for (int r = 0; r < rows; r++) {
            s.append("            int a" + r + " = offsets[o" + (r == 0 ? "" : " + " + r) + "];\n");
        }
        s.append("            for (int i = 0; i < depth; i++, bAt += 2 * W) {\n");
        for (int v = 0; v < vectors; v++) {
            s.append("                FloatVector b" + v + " = FloatVector.fromArray(F, b, bAt" + plus(v) + ");\n");
        }
        s.append("                FloatVector x;\n");
        for (int r = 0; r < rows; r++) {
            s.append("                x = FloatVector.broadcast(F, a[a" + r + " + i]);\n");
            for (int v = 0; v < vectors; v++) {
                String sum = "s" + r + "v" + v;
                s.append("                " + sum + " = x.fma(b" + v + ", " + sum + ");\n");
            }
        }
        s.append("            }\n        }\n");
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                s.append("        s" + r + "v" + v + ".intoArray(c, cAt" + plus(v) + ");\n");
            }
            if (r < rows - 1) {
                s.append("        cAt += cStride;\n");
            }
        }
        s.append("    }\n");
    }

    private static String plus(int vector) {
        return vector == 0 ? "" : " + W";
    }
}
