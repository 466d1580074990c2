package dev.lathe.backend.java;

import dev.lathe.runtime.Tiles;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes the family of register tiles that matrix products and convolutions run on: one method for each height and
 * width, their accumulators in locals.
 *
 * <p>There are few heights, so that each is called often and C2 compiles it soon; {@link Tiles#nextRows} divides rows
 * among them. A tile of fewer rows than its height computes its last row more than once.
 */
final class TilesSource {
    static final String CLASS_NAME = "VectorTiles";

    /**
     * @param rows how many rows a tile holds in registers
     * @param least the fewest that it is called with
     */
    private record Height(int rows, int least) {}

    private static final List<Height> TWO_HEIGHTS =
            List.of(new Height(12, 11), new Height(10, 9), new Height(8, 7), new Height(6, 5), new Height(4, 1));
    /** Fewer than eight sums would only wait for each other. */
    private static final List<Height> ONE_HEIGHTS = List.of(new Height(12, 9), new Height(8, 1));
    /** Rows of most tiles on machines with 32 vector registers. */
    private static final int FULL = 12;
    /** So many that what is left over of whole tiles does not matter. */
    private static final int MANY_ROWS = 256;

    private static final String HEAD = """
        import dev.lathe.runtime.Machine;
        import dev.lathe.runtime.Tiles;
        import jdk.incubator.vector.FloatVector;
        import jdk.incubator.vector.VectorSpecies;

        /** Tiles of up to twelve rows and two vectors, whose sums stay in registers. */
        final class VectorTiles implements Tiles {
            private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
            private static final int W = F.length();
            /** Of sixteen registers C2 needs some for what it loads early: with more rows it keeps sums in memory. */
            private static final int MAX_ROWS = Machine.REGISTERS >= 32 ? 12 : 4;
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

            /** The height of the tile, two vectors wide, that takes so many rows. */
            private static int heightOfTwo(int rows) {
                return rows <= 4 ? 4 : rows + 1 & ~1;
            }

            private static int heightOfOne(int rows) {
                return rows <= 8 ? 8 : 12;
            }

            @Override
            public void multiply(
                    int rows, float[] a, int aAt, int aStride, int depth, float[] b, int bAt,
                    float[] init, int initAt, float[] c, int cAt, int cStride, int columns) {
                if (columns == 2 * W) {
                    two(rows, a, aAt, aStride, depth, b, bAt, init, initAt, c, cAt, cStride);
                } else if (columns == W) {
                    one(rows, a, aAt, aStride, depth, b, bAt, init, initAt, c, cAt, cStride);
                } else {
                    float[] tile = EDGE.get();
                    if (columns > W) {
                        two(rows, a, aAt, aStride, depth, b, bAt, init, initAt, tile, 0, 2 * W);
                    } else {
                        one(rows, a, aAt, aStride, depth, b, bAt, init, initAt, tile, 0, 2 * W);
                    }
                    edge(rows, tile, c, cAt, cStride, columns);
                }
            }

            @Override
            public void multiplyAlong(
                    int rows, float[] a, int[] starts, int startAt, int[] path, float[] b, int bAt,
                    float[] init, int initAt, float[] c, int cAt, int cStride, int columns) {
                if (columns == 2 * W) {
                    twoAlong(rows, a, starts, startAt, path, b, bAt, init, initAt, c, cAt, cStride);
                } else if (columns == W) {
                    oneAlong(rows, a, starts, startAt, path, b, bAt, init, initAt, c, cAt, cStride);
                } else {
                    float[] tile = EDGE.get();
                    if (columns > W) {
                        twoAlong(rows, a, starts, startAt, path, b, bAt, init, initAt, tile, 0, 2 * W);
                    } else {
                        oneAlong(rows, a, starts, startAt, path, b, bAt, init, initAt, tile, 0, 2 * W);
                    }
                    edge(rows, tile, c, cAt, cStride, columns);
                }
            }

            /** The wanted columns of a tile computed apart in whole vectors: masked stores would double every tile. */
            private static void edge(int rows, float[] tile, float[] c, int cAt, int cStride, int columns) {
                for (int r = 0, from = 0; r < rows; r++, from += 2 * W, cAt += cStride) {
                    if (columns >= 8) {
                        System.arraycopy(tile, from, c, cAt, columns);
                    } else {
                        for (int j = 0; j < columns; j++) {
                            c[cAt + j] = tile[from + j];
                        }
                    }
                }
            }
        """;

    /**
     * Products that have tiles of their own, as all their rows are known to be so long, one behind the other: then one
     * address serves them all, where other tiles have a register for each row.
     *
     * @param height the rows of the tile
     */
    record Known(int depth, int height) {
        /** Lower ones would be a small part of the work, but as much to compile. */
        private static final int LEAST_HEIGHT = 8;

        /** Those for a product of {@code rows} rows; of any number of rows if it is negative. */
        static Set<Known> of(int depth, long rows) {
            if (rows < 0 || rows > MANY_ROWS) {
                return Set.of(new Known(depth, FULL));
            }
            Set<Known> all = new LinkedHashSet<>();
            for (int left = (int) rows; left > 0; ) {
                int n = Tiles.nextRows(left, FULL);
                if (n + 1 >= LEAST_HEIGHT) {
                    all.add(new Known(depth, n + 1 & ~1));
                }
                left -= n;
            }
            return all;
        }
    }

    /**
     * How a tile walks along the rows of the left operand.
     *
     * @param suffix what its methods' names end with
     * @param parameters what tells where the rows are
     * @param arguments the same as arguments
     * @param count the number of steps
     * @param when the condition under which tiles walk so; empty where all do
     */
    private record Walk(String suffix, String parameters, String arguments, String count, String when) {
        static final Walk STRAIGHT =
                new Walk("", "int aAt, int aStride, int depth", "aAt, aStride, depth", "depth", "");
        static final Walk ALONG =
                new Walk("Along", "int[] starts, int startAt, int[] path", "starts, startAt, path", "path.length", "");
        /** Rows of a known length, one behind the other: one address serves them all. */
        static Walk of(int depth) {
            return new Walk("Of" + depth, "int aAt", "aAt", "" + depth, "aStride == depth && depth == " + depth);
        }

        /** An even number of steps goes in pairs, which halves the cost of the loop itself. */
        Walk inPairs() {
            return new Walk(suffix + "InPairs", parameters, arguments, count, count + " % 2 == 0");
        }

        boolean isAlong() {
            return parameters.equals(ALONG.parameters);
        }

        /** Whether each row has a local variable that says where it starts. */
        boolean hasStarts() {
            return !isFixed();
        }

        /** Whether tiles of every height walk so. */
        boolean isGeneral() {
            return when.isEmpty();
        }

        /** The fewest rows that a tile is called with. */
        int least(Height height) {
            return isGeneral() || isFixed() && height.rows < FULL ? height.least : height.rows;
        }

        /** Whether the last row's place is in a variable of its own, as it may be that of the row before it. */
        boolean hasLast(Height height) {
            return isFixed() && least(height) < height.rows;
        }

        boolean isFixed() {
            return suffix.startsWith("Of");
        }

        /** How many steps one turn of the loop takes. */
        int unroll() {
            return isGeneral() || isFixed() && Integer.parseInt(count) % 2 != 0 ? 1 : 2;
        }

        /** Where row {@code r} starts. */
        String start(String r) {
            return isAlong() ? "starts[startAt + " + r + "]" : "aAt + " + r + " * aStride";
        }

        /** What row {@code r} holds at the turn's step {@code u}. */
        String element(Height height, int r, int u) {
            if (hasLast(height) && r == height.rows - 1) {
                return "a[last + i" + plus(u) + "]";
            }
            if (isAlong()) {
                return "a[a" + r + " + p" + u + "]";
            }
            return "a[" + (isFixed() ? "aAt + i + " + r + " * " + count : "a" + r + " + i") + plus(u) + "]";
        }

        private static String plus(int step) {
            return step == 0 ? "" : " + " + step;
        }
    }

    private TilesSource() {}

    /** The family, with tiles of their own for what is known of products. */
    static String write(String packageName, Collection<Known> known) {
        StringBuilder s = new StringBuilder("package " + packageName + ";\n\n").append(HEAD);
        family(s, Walk.STRAIGHT, known);
        family(s, Walk.ALONG, Set.of());
        return s.append("}\n").toString();
    }

    private static void family(StringBuilder s, Walk walk, Collection<Known> known) {
        dispatch(s, walk, "two", 2, TWO_HEIGHTS, known);
        dispatch(s, walk, "one", 1, ONE_HEIGHTS, known);
        for (Height height : TWO_HEIGHTS) {
            tile(s, walk, height, 2);
            quicker(walk, height, 2, known).forEach(q -> tile(s, q, height, 2));
        }
        ONE_HEIGHTS.forEach(height -> tile(s, walk, height, 1));
    }

    /** The quicker walks of the tiles of a height, which come before the general one. */
    private static List<Walk> quicker(Walk walk, Height height, int vectors, Collection<Known> known) {
        if (vectors == 1) {
            return List.of();
        }
        List<Walk> all = new ArrayList<>();
        known.stream().filter(k -> k.height == height.rows).forEach(k -> all.add(Walk.of(k.depth)));
        if (height.rows == FULL) {
            all.add(walk.inPairs());
        }
        return all;
    }

    private static String parameters(Walk walk) {
        return "int rows, float[] a, " + walk.parameters + ", float[] b, int bAt,\n"
                + "            float[] init, int initAt, float[] c, int cAt, int cStride) {\n";
    }

    private static String call(Walk walk, int height, int vectors) {
        return "tile" + height + "x" + vectors + walk.suffix + "(rows, a, " + walk.arguments
                + ", b, bAt, init, initAt, c, cAt, cStride);\n";
    }

    private static void dispatch(
            StringBuilder s, Walk walk, String name, int vectors, List<Height> heights, Collection<Known> known) {
        s.append("\n    private static void " + name + walk.suffix + "(\n            ")
                .append(parameters(walk))
                .append("        switch (heightOf" + (vectors == 2 ? "Two" : "One") + "(rows)) {\n");
        for (Height height : heights) {
            s.append("            ")
                    .append(height.equals(heights.getLast()) ? "default" : "case " + height.rows)
                    .append(" -> ");
            List<Walk> quicker = quicker(walk, height, vectors, known);
            if (quicker.isEmpty()) {
                s.append(call(walk, height.rows, vectors));
                continue;
            }
            s.append("{\n                ");
            for (Walk q : quicker) {
                String full = q.least(height) == height.rows ? "rows == " + height.rows + " && " : "";
                s.append("if (" + full + q.when + ") {\n                    ")
                        .append(call(q, height.rows, vectors))
                        .append("                } else ");
            }
            s.append("{\n                    ").append(call(walk, height.rows, vectors));
            s.append("                }\n            }\n");
        }
        s.append("        }\n    }\n");
    }

    /**
     * One tile. Its method stays small, for one that C1 gives up on may run interpreted for minutes before C2 takes it,
     * and has one loop: in a nest whose outer loop has a safepoint, as under G1, C2 keeps the sums in memory.
     */
    private static void tile(StringBuilder s, Walk walk, Height height, int vectors) {
        int rows = height.rows;
        int least = walk.least(height);
        s.append("\n    private static void tile" + rows + "x" + vectors + walk.suffix + "(\n            ")
                .append(parameters(walk));
        for (int r = 0; r < rows && walk.hasStarts(); r++) {
            String row = r < least ? "" + r : "Math.min(" + r + ", rows - 1)";
            s.append("        int a" + r + " = " + walk.start(row) + ";\n");
        }
        if (walk.hasLast(height)) {
            s.append("        int last = aAt + (rows - 1) * " + walk.count + ";\n");
        }
        for (int v = 0; v < vectors; v++) {
            String first = "s0v" + v;
            s.append("        FloatVector " + first + " = FloatVector.fromArray(F, init, initAt" + plus(v) + ");\n");
            for (int r = 1; r < rows; r++) {
                s.append("        FloatVector s" + r + "v" + v + " = " + first + ";\n");
            }
        }
        int unroll = walk.unroll();
        s.append("        for (int i = 0; i < " + walk.count + "; "
                + (unroll == 1 ? "i++, bAt += 2 * W" : "i += 2, bAt += 4 * W") + ") {\n");
        for (int u = 0; u < unroll && walk.isAlong(); u++) {
            String start = walk.hasStarts() ? "" : "aAt + ";
            s.append("            int p" + u + " = " + start + "path[i" + Walk.plus(u) + "];\n");
        }
        for (int v = 0; v < vectors; v++) {
            s.append("            FloatVector b" + v + ";\n");
        }
        s.append("            FloatVector x;\n");
        for (int u = 0; u < unroll; u++) {
            step(s, walk, height, vectors, u);
        }
        s.append("        }\n");
        for (int r = 0; r < rows; r++) {
            if (r > 0) {
                s.append("        cAt += " + (r < least ? "cStride" : "rows > " + r + " ? cStride : 0") + ";\n");
            }
            for (int v = 0; v < vectors; v++) {
                s.append("        s" + r + "v" + v + ".intoArray(c, cAt" + plus(v) + ");\n");
            }
        }
        s.append("    }\n");
    }

    private static void step(StringBuilder s, Walk walk, Height height, int vectors, int u) {
        for (int v = 0; v < vectors; v++) {
            s.append("            b" + v + " = FloatVector.fromArray(F, b, bAt" + plus(2 * u + v) + ");\n");
        }
        for (int r = 0; r < height.rows; r++) {
            s.append("            x = FloatVector.broadcast(F, " + walk.element(height, r, u) + ");\n");
            for (int v = 0; v < vectors; v++) {
                String sum = "s" + r + "v" + v;
                s.append("            " + sum + " = x.fma(b" + v + ", " + sum + ");\n");
            }
        }
    }

    private static String plus(int vector) {
        return vector == 0 ? "" : vector == 1 ? " + W" : " + " + vector + " * W";
    }
}
