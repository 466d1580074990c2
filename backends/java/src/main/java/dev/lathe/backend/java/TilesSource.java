package dev.lathe.backend.java;

import java.util.List;

/** Writes the family of register tiles that matrix products and convolutions run on: one method for each height and width, their accumulators in locals. */
final class TilesSource {
    static final String CLASS_NAME = "VectorTiles";
    private static final List<Integer> HEIGHTS = List.of(12, 8, 6, 4, 2, 1);

    private TilesSource() {}

    static String write(String packageName) {
        StringBuilder s = new StringBuilder("""
            package %s;

            import dev.lathe.runtime.Machine;
            import dev.lathe.runtime.Tiles;
            import jdk.incubator.vector.FloatVector;
            import jdk.incubator.vector.VectorMask;
            import jdk.incubator.vector.VectorSpecies;

            /** Tiles of up to twelve rows and two vectors, whose sums stay in registers. */
            final class VectorTiles implements Tiles {
                private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
                private static final int W = F.length();
                private static final int MAX_ROWS = Machine.REGISTERS >= 32 ? 12 : 6;

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
                    if (columns > W) {
                        switch (rows) {
            """.formatted(packageName));
        dispatch(s, 2);
        s.append("            }\n        } else {\n            switch (rows) {\n");
        dispatch(s, 1);
        s.append("            }\n        }\n    }\n");
        for (int rows : HEIGHTS) {
            tile(s, rows, 2);
            tile(s, rows, 1);
        }
        return s.append("}\n").toString();
    }

    private static void dispatch(StringBuilder s, int vectors) {
        for (int rows : HEIGHTS) {
            s.append("                ")
                    .append(rows == 1 ? "default" : "case " + rows)
                    .append(" -> tile" + rows + "x" + vectors)
                    .append("(a, offsets, taps, depth, b, bAt, init, initAt, c, cAt, cStride, columns);\n");
        }
    }

    private static void tile(StringBuilder s, int rows, int vectors) {
        s.append("\n    private static void tile" + rows + "x" + vectors + "(\n")
                .append("            float[] a, int[] offsets, int taps, int depth, float[] b, int bAt,\n")
                .append("            float[] init, int initAt, float[] c, int cAt, int cStride, int columns) {\n");
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
        s.append("        if (columns == " + vectors + " * W) {\n");
        store(s, rows, vectors, false);
        s.append("        } else {\n");
        for (int v = 0; v < vectors; v++) {
            s.append("            VectorMask<Float> m" + v + " = F.indexInRange(" + v + " * W, columns);\n");
        }
        store(s, rows, vectors, true);
        s.append("        }\n    }\n");
    }

    private static void store(StringBuilder s, int rows, int vectors, boolean masked) {
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                s.append("            s" + r + "v" + v + ".intoArray(c, cAt" + plus(v) + (masked ? ", m" + v : "")
                        + ");\n");
            }
            if (r < rows - 1) {
                s.append("            cAt += cStride;\n");
            }
        }
    }

    private static String plus(int vector) {
        return vector == 0 ? "" : " + W";
    }
}
