package dev.lathe.conformance;

import static dev.lathe.conformance.Everywhere.assertLikeOracle;
import static dev.lathe.conformance.Everywhere.graph;
import static dev.lathe.conformance.Everywhere.input;
import static dev.lathe.conformance.Everywhere.longs;
import static dev.lathe.conformance.Everywhere.model;
import static dev.lathe.conformance.Everywhere.node;
import static dev.lathe.conformance.Protos.attribute;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("sizes that are long expressions")
class DimensionOracleTest {
    private static final ElementType F32 = ElementType.F32;

    private static Tensor ramp(long... dims) {
        Tensor t = Tensor.zeros(F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, i % 7 - 2.5 + 0.125 * i);
        }
        return t;
    }

    private static List<Map<String, Tensor>> calls(long[]... shapes) {
        return List.of(shapes).stream().map(s -> Map.of("x", ramp(s))).toList();
    }

    /**
     * What a window of {@code size} lacks at the ends of axes 1 and 2, as PyTorch exports {@code F.pad}: through a
     * matrix that is turned.
     */
    private static void windowPad(List<Object> parts, String x, String y, int size) {
        parts.add(longs(y + "_size", size));
        parts.add(node("Shape", x, y + "_s"));
        for (int axis = 1; axis <= 2; axis++) {
            parts.add(longs(y + "_i" + axis, axis));
            parts.add(node("Gather", y + "_s " + y + "_i" + axis, y + "_n" + axis));
            parts.add(node("Mod", y + "_n" + axis + " " + y + "_size", y + "_m" + axis));
            parts.add(node("Sub", y + "_size " + y + "_m" + axis, y + "_d" + axis));
            parts.add(node("Mod", y + "_d" + axis + " " + y + "_size", y + "_p" + axis));
        }
        parts.add(longs(y + "_zero", 0));
        parts.add(longs(y + "_zeros", 0, 0));
        parts.add(longs(y + "_pairs", -1, 2));
        parts.add(longs(y + "_flat", -1));
        parts.add(longs(y + "_last", -1));
        parts.add(longs(y + "_least", Long.MIN_VALUE));
        parts.add(longs(y + "_back", -1));
        String z = y + "_zero";
        parts.add(node(
                "Concat",
                String.join(" ", z, z, z, y + "_p2", z, y + "_p1", y + "_zeros"),
                y + "_c",
                attribute("axis", 0)));
        parts.add(node("Reshape", y + "_c " + y + "_pairs", y + "_r"));
        parts.add(node("Slice", String.join(" ", y + "_r", y + "_last", y + "_least", z, y + "_back"), y + "_v"));
        parts.add(node("Transpose", y + "_v", y + "_t", attribute("perm", new long[] {1, 0})));
        parts.add(node("Reshape", y + "_t " + y + "_flat", y + "_pads"));
        parts.add(node("Pad", x + " " + y + "_pads", y));
    }

    @Test
    void windowsOfOpenSizes() {
        List<Object> parts = new ArrayList<>(List.of(input("x", F32, "b", "h", "w", 2)));
        windowPad(parts, "x", "y", 3);
        windowPad(parts, "y", "z", 4);
        parts.add(node("Flatten", "z", "f", attribute("axis", 3)));
        parts.add(node("Flatten", "z", "g", attribute("axis", 0)));
        parts.addAll(List.of("z", "f", "g"));
        Graph g = assertLikeOracle(
                model(graph(parts.toArray())),
                calls(new long[] {1, 3, 4, 2}, new long[] {2, 5, 7, 2}, new long[] {1, 1, 12, 2}));
        assertThat(g.allNodes()).noneMatch(n -> n.op().mnemonic().equals("read_dims"));
    }

    @Test
    void padsReadFromData() {
        List<Object> parts = new ArrayList<>(
                List.of(input("x", F32, "b", "h", "w"), input("p", ElementType.I64, 6), node("Pad", "x p", "v0")));
        for (int i = 0; i < 3; i++) {
            parts.add(node("Pad", "v" + i + " p", "v" + (i + 1)));
        }
        parts.add(node("Flatten", "v3", "f", attribute("axis", 0)));
        parts.addAll(List.of("v3", "f"));
        assertLikeOracle(
                model(graph(parts.toArray())),
                List.of(
                        Map.of("x", ramp(2, 3, 4), "p", Tensor.vector(0, 1, 2, 1, 0, 1)),
                        Map.of("x", ramp(1, 2, 2), "p", Tensor.vector(1, 0, 0, 0, 2, 0))));
    }

    @Test
    void ceilModePoolsInARow() {
        List<Object> parts = new ArrayList<>(List.of(input("x", F32, 1, 2, "h", "w"), node("Relu", "x", "v0")));
        for (int i = 0; i < 6; i++) {
            parts.add(node(
                    "MaxPool",
                    "v" + i,
                    "v" + (i + 1),
                    attribute("kernel_shape", new long[] {2 + i % 2, 3}),
                    attribute("strides", new long[] {i < 3 ? 2 : 1, 2 - i % 2}),
                    attribute("pads", new long[] {i % 2, 1, i % 2, 1}),
                    attribute("ceil_mode", 1)));
        }
        parts.add(node("Flatten", "v6", "f", attribute("axis", 1)));
        parts.addAll(List.of("v6", "f"));
        Graph g = assertLikeOracle(
                model(graph(parts.toArray())), calls(new long[] {1, 2, 40, 37}, new long[] {1, 2, 33, 64}));
        assertThat(g.outputs().getFirst().type().toString()).hasSizeLessThan(200);
    }
}
