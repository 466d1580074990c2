package dev.lathe.conformance;

import static dev.lathe.conformance.Everywhere.assertLikeOracle;
import static dev.lathe.conformance.Everywhere.graph;
import static dev.lathe.conformance.Everywhere.input;
import static dev.lathe.conformance.Everywhere.model;
import static dev.lathe.conformance.Protos.attribute;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The arithmetic of sizes that exporters write for open heights, widths and lengths. */
@DisplayName("sizes as networks compute them from open ones")
class ArchitectureSizesTest {
    private static final ElementType F32 = ElementType.F32;

    /** A graph that grows node by node; each is known by its result. */
    private static final class Net {
        final List<Object> parts = new ArrayList<>();

        Net(Object... inputs) {
            parts.addAll(List.of(inputs));
        }

        String node(String type, String inputs, AttributeProto... attributes) {
            String result = "v" + parts.size();
            parts.add(Everywhere.node(type, inputs, result, attributes));
            return result;
        }

        String weight(Tensor t) {
            String name = "v" + parts.size();
            parts.add(Everywhere.weight(name, t));
            return name;
        }

        String longs(long... values) {
            return weight(Tensor.vector(values));
        }

        /** The size of an axis, as a vector of one. */
        String size(String x, long axis) {
            return node("Gather", node("Shape", x) + " " + longs(axis), attribute("axis", 0));
        }

        String concat(String... values) {
            return node("Concat", String.join(" ", values), attribute("axis", 0));
        }

        String slice(String x, String start, String end, long axis, long step) {
            return node("Slice", String.join(" ", x, start, end, longs(axis), longs(step)));
        }

        Graph check(String outputs, Map<?, ?>... calls) {
            List<Object> all = new ArrayList<>(parts);
            all.addAll(List.of(outputs.split(" ")));
            List<Map<String, Tensor>> typed = Stream.of(calls)
                    .map(call -> {
                        Map<String, Tensor> inputs = new LinkedHashMap<>();
                        call.forEach((k, v) -> inputs.put((String) k, (Tensor) v));
                        return inputs;
                    })
                    .toList();
            return assertLikeOracle(model(graph(all.toArray())), typed);
        }
    }

    private static Tensor ramp(long... dims) {
        Tensor t = Tensor.zeros(F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, (i * 37 % 23 - 11) / 8.0);
        }
        return t;
    }

    private static Map<String, Tensor> x(long... dims) {
        return Map.of("x", ramp(dims));
    }

    /** Swin's patch merging: pads odd sizes, takes each second row and column four times, and flattens. */
    @Test
    void patchMergingInARow() {
        Net n = new Net(input("x", F32, "b", "h", "w", 2));
        String v = "x";
        for (int i = 0; i < 3; i++) {
            String two = n.longs(2);
            String bottom = n.node("Mod", n.size(v, 1) + " " + two);
            String right = n.node("Mod", n.size(v, 2) + " " + two);
            String pads = n.concat(n.longs(0, 0, 0, 0, 0), bottom, right, n.longs(0));
            v = n.node("Pad", v + " " + pads);
            List<String> quarters = new ArrayList<>();
            for (int q = 0; q < 4; q++) {
                String rows = n.slice(v, n.longs(q % 2), n.longs(Long.MAX_VALUE), 1, 2);
                quarters.add(n.slice(rows, n.longs(q / 2), n.longs(Long.MAX_VALUE), 2, 2));
            }
            v = n.node("Concat", String.join(" ", quarters), attribute("axis", -1));
            String channels = n.longs(2L << (2 * i + 2));
            String flat = n.node("Reshape", v + " " + n.concat(n.size(v, 0), n.longs(-1), channels));
            String mean = n.node("ReduceMean", flat, attribute("axes", new long[] {-1}));
            String normal = n.node("Sub", flat + " " + mean);
            v = n.node("Reshape", normal + " " + n.concat(n.size(v, 0), n.size(v, 1), n.size(v, 2), channels));
        }
        n.check(v, x(1, 9, 14, 2), x(2, 8, 5, 2), x(1, 1, 1, 2));
    }

    /** Swin's shifted windows: pad to whole windows, roll, cut into windows, and all the way back. */
    @Test
    void shiftedWindowsAndBack() {
        Net n = new Net(input("x", F32, "b", "h", "w", 4));
        long window = 4;
        String v = "x";
        for (int block = 0; block < 3; block++) {
            String h = n.size(v, 1);
            String w = n.size(v, 2);
            String size = n.longs(window);
            String bottom = n.node("Mod", n.node("Sub", size + " " + n.node("Mod", h + " " + size)) + " " + size);
            String right = n.node("Mod", n.node("Sub", size + " " + n.node("Mod", w + " " + size)) + " " + size);
            String padded = n.node("Pad", v + " " + n.concat(n.longs(0, 0, 0, 0, 0), bottom, right, n.longs(0)));
            String ph = n.size(padded, 1);
            String pw = n.size(padded, 2);
            for (int axis = 1; axis <= 2 && block % 2 == 1; axis++) {
                String tail = n.slice(padded, n.longs(2), n.longs(Long.MAX_VALUE), axis, 1);
                String head = n.slice(padded, n.longs(0), n.longs(2), axis, 1);
                padded = n.node("Concat", tail + " " + head, attribute("axis", axis));
            }
            String rows = n.node("Div", ph + " " + size);
            String columns = n.node("Div", pw + " " + size);
            String b = n.size("x", 0);
            String cut = n.node("Reshape", padded + " " + n.concat(b, rows, size, columns, size, n.longs(4)));
            String turned = n.node("Transpose", cut, attribute("perm", new long[] {0, 1, 3, 2, 4, 5}));
            String windows = n.node("Reshape", turned + " " + n.longs(-1, window * window, 4));
            String soft = n.node("Softmax", windows, attribute("axis", 1));
            String back = n.node("Reshape", soft + " " + n.concat(b, rows, columns, size, size, n.longs(4)));
            String whole = n.node("Transpose", back, attribute("perm", new long[] {0, 1, 3, 2, 4, 5}));
            String image = n.node("Reshape", whole + " " + n.concat(b, ph, pw, n.longs(4)));
            String cropped = n.slice(n.slice(image, n.longs(0), h, 1, 1), n.longs(0), w, 2, 1);
            v = n.node("Add", v + " " + cropped);
        }
        n.check(v, x(1, 7, 10, 4), x(2, 4, 9, 4));
    }

    /** EnCodec: the last frame is filled by a reflection whose length is computed with floats. */
    @Test
    void reflectedLastFrame() {
        Net n = new Net(input("x", F32, "b", 1, "t"));
        String v = "x";
        int[] strides = {2, 4, 5};
        for (int stride : strides) {
            long kernel = 2L * stride;
            String length = n.size(v, 2);
            String missing = n.node("Sub", length + " " + n.longs(kernel - stride));
            String count = n.node("Cast", missing, attribute("to", 1));
            String frames = n.node("Ceil", n.node("Div", count + " " + n.weight(vector(stride))));
            String whole = n.node("Cast", frames, attribute("to", 7));
            String ideal = n.node("Add", n.node("Mul", whole + " " + n.longs(stride)) + " " + n.longs(kernel - stride));
            String extra = n.node("Sub", ideal + " " + length);
            String pads = n.concat(n.longs(0, 0, stride, 0, 0), extra);
            v = n.node("Pad", v + " " + pads, attribute("mode", "reflect"));
            v = n.node(
                    "Conv",
                    v + " " + n.weight(ramp(1, 1, kernel)),
                    attribute("strides", new long[] {stride}),
                    attribute("kernel_shape", new long[] {kernel}));
            v = n.node("Tanh", v);
        }
        String flat = n.node("Flatten", v, attribute("axis", 2));
        n.check(v + " " + flat, x(1, 1, 240), x(2, 1, 251));
    }

    /** U-Net: what comes up is padded to the size of what was left beside, on both sides. */
    @Test
    void skipConnectionsOfOtherSizes() {
        Net n = new Net(input("x", F32, "b", 2, "h", "w"));
        List<String> skips = new ArrayList<>();
        String v = "x";
        for (int i = 0; i < 3; i++) {
            skips.add(v);
            v = n.node("MaxPool", v, attribute("kernel_shape", new long[] {2, 2}), attribute("strides", new long[] {2, 2
            }));
        }
        for (String skip : skips.reversed()) {
            v = n.node(
                    "ConvTranspose",
                    v + " " + n.weight(ramp(2, 2, 2, 2)),
                    attribute("strides", new long[] {2, 2}),
                    attribute("kernel_shape", new long[] {2, 2}));
            List<String> before = new ArrayList<>();
            List<String> after = new ArrayList<>();
            for (int axis = 2; axis <= 3; axis++) {
                String missing = n.node("Sub", n.size(skip, axis) + " " + n.size(v, axis));
                String half = n.node("Div", missing + " " + n.longs(2));
                before.add(half);
                after.add(n.node("Sub", missing + " " + half));
            }
            String pads =
                    n.concat(n.longs(0, 0), before.get(0), before.get(1), n.longs(0, 0), after.get(0), after.get(1));
            v = n.node("Pad", v + " " + pads);
            v = n.node("Concat", skip + " " + v, attribute("axis", 1));
            v = n.node("Conv", v + " " + n.weight(ramp(2, 4, 1, 1)), attribute("kernel_shape", new long[] {1, 1}));
            v = n.node("Tanh", v);
        }
        n.check(v, x(1, 2, 19, 22), x(2, 2, 8, 15));
    }

    /** BiT and EfficientNet: "same" padding of strided convolutions, computed from the size. */
    @Test
    void samePaddingInARow() {
        Net n = new Net(input("x", F32, 1, 1, "h", "w"));
        String v = "x";
        int[][] layers = {{7, 2}, {3, 2}, {3, 1}, {3, 2}, {5, 2}};
        for (int[] layer : layers) {
            String kernel = n.longs(layer[0]);
            String stride = n.longs(layer[1]);
            List<String> before = new ArrayList<>();
            List<String> after = new ArrayList<>();
            for (int axis = 2; axis <= 3; axis++) {
                String size = n.size(v, axis);
                String up = n.node(
                        "Div", n.node("Sub", n.node("Add", size + " " + stride) + " " + n.longs(1)) + " " + stride);
                String span = n.node("Mul", n.node("Sub", up + " " + n.longs(1)) + " " + stride);
                String need = n.node("Sub", n.node("Add", span + " " + kernel) + " " + size);
                String pad = n.node("Max", need + " " + n.longs(0));
                String half = n.node("Div", pad + " " + n.longs(2));
                before.add(half);
                after.add(n.node("Sub", pad + " " + half));
            }
            String pads =
                    n.concat(n.longs(0, 0), before.get(0), before.get(1), n.longs(0, 0), after.get(0), after.get(1));
            v = n.node("Pad", v + " " + pads);
            v = n.node(
                    "Conv",
                    v + " " + n.weight(ramp(1, 1, layer[0], layer[0])),
                    attribute("kernel_shape", new long[] {layer[0], layer[0]}),
                    attribute("strides", new long[] {layer[1], layer[1]}));
            v = n.node("Tanh", v);
        }
        String flat = n.node("Flatten", v, attribute("axis", 1));
        Graph g = n.check(v + " " + flat, x(1, 1, 33, 40), x(1, 1, 64, 17));
        assertThat(g.outputs().getFirst().type().toString()).hasSizeLessThan(200);
    }

    /** RetinaNet: anchors of each level from its size, all levels behind one another. */
    @Test
    void anchorsOfLevels() {
        Net n = new Net(input("x", F32, 1, 1, "h", "w"));
        String v = "x";
        List<String> anchors = new ArrayList<>();
        List<String> scores = new ArrayList<>();
        for (int level = 0; level < 4; level++) {
            v = n.node(
                    "Conv",
                    v + " " + n.weight(ramp(1, 1, 3, 3)),
                    attribute("kernel_shape", new long[] {3, 3}),
                    attribute("pads", new long[] {1, 1, 1, 1}),
                    attribute("strides", new long[] {2, 2}));
            v = n.node("Tanh", v);
            String rows = n.size(v, 2);
            String columns = n.size(v, 3);
            String zero = n.weight(Tensor.scalar(0L));
            String one = n.weight(Tensor.scalar(1L));
            String stepDown = n.node("Div", n.size("x", 2) + " " + rows);
            String stepRight = n.node("Div", n.size("x", 3) + " " + columns);
            String down = n.node("Range", zero + " " + n.node("Squeeze", rows) + " " + one);
            String right = n.node("Range", zero + " " + n.node("Squeeze", columns) + " " + one);
            String ys = n.node("Mul", down + " " + stepDown);
            String xs = n.node("Mul", right + " " + stepRight);
            String grid = n.concat(rows, columns);
            String column = n.node("Reshape", ys + " " + n.longs(-1, 1));
            String allYs = n.node("Reshape", n.node("Expand", column + " " + grid) + " " + n.longs(-1));
            String allXs = n.node("Reshape", n.node("Expand", xs + " " + grid) + " " + n.longs(-1));
            String shifts = n.node(
                    "Concat",
                    n.node("Unsqueeze", allXs + " " + n.longs(1)) + " " + n.node("Unsqueeze", allYs + " " + n.longs(1)),
                    attribute("axis", 1));
            String cells = n.node("Reshape", shifts + " " + n.longs(-1, 1, 2));
            String sizes = n.weight(Tensor.vector(-4, -4, 4, 4, -8, -2).reshape(3, 2));
            String boxes = n.node("Add", cells + " " + n.node("Unsqueeze", sizes + " " + n.longs(0)));
            anchors.add(n.node("Reshape", boxes + " " + n.longs(-1, 2)));
            scores.add(n.node("Reshape", v + " " + n.concat(n.size(v, 0), n.longs(-1))));
        }
        String all = n.concat(anchors.toArray(String[]::new));
        String score = n.node("Concat", String.join(" ", scores), attribute("axis", 1));
        String best = n.node("ReduceMax", score, attribute("axes", new long[] {1}));
        n.check(all + " " + score + " " + best, x(1, 1, 37, 50), x(1, 1, 64, 16));
    }

    /** A feature pyramid: each level takes the size of the one below. */
    @Test
    void pyramidsResizeToTheLevelBelow() {
        Net n = new Net(input("x", F32, "b", 1, "h", "w"));
        List<String> levels = new ArrayList<>();
        String v = "x";
        for (int i = 0; i < 4; i++) {
            v = n.node(
                    "AveragePool",
                    v,
                    attribute("kernel_shape", new long[] {3, 3}),
                    attribute("pads", new long[] {1, 1, 1, 1}),
                    attribute("strides", new long[] {2, 2}));
            levels.add(v);
        }
        for (String below : levels.reversed().subList(1, 4)) {
            String tail = n.concat(n.size(below, 2), n.size(below, 3));
            String sizes = n.concat(n.slice(n.node("Shape", v), n.longs(0), n.longs(2), 0, 1), tail);
            String up = n.node(
                    "Resize",
                    v + " _ _ " + sizes,
                    attribute("mode", "nearest"),
                    attribute("coordinate_transformation_mode", "asymmetric"),
                    attribute("nearest_mode", "floor"));
            v = n.node("Add", up + " " + below);
        }
        n.check(v, x(1, 1, 50, 37), x(2, 1, 64, 16));
    }

    /** VITS: how often each phoneme is repeated is known only when the model runs. */
    @Test
    void lengthsFromDurations() {
        Net n = new Net(input("x", F32, "b", "t", 3), input("d", F32, "b", "t"));
        String whole = n.node("Cast", n.node("Ceil", "d"), attribute("to", 7));
        String ends = n.node("CumSum", whole + " " + n.weight(Tensor.scalar(1L)));
        String total = n.node("ReduceMax", ends, attribute("keepdims", 0));
        String positions =
                n.node("Range", n.weight(Tensor.scalar(0L)) + " " + total + " " + n.weight(Tensor.scalar(1L)));
        String column = n.node("Unsqueeze", ends + " " + n.longs(2));
        String before = n.node("Cast", n.node("Less", positions + " " + column), attribute("to", 1));
        String starts = n.node("Sub", column + " " + n.node("Unsqueeze", whole + " " + n.longs(2)));
        String begun = n.node("Cast", n.node("Less", positions + " " + starts), attribute("to", 1));
        String path = n.node("Sub", before + " " + begun);
        String frames = n.node("MatMul", n.node("Transpose", path, attribute("perm", new long[] {0, 2, 1})) + " x");
        String mask = n.node("ReduceSum", path + " " + n.longs(1));
        n.check(
                frames + " " + mask,
                Map.of("x", ramp(1, 4, 3), "d", durations(1, 4)),
                Map.of("x", ramp(2, 3, 3), "d", durations(2, 3)));
    }

    /** Relative positions of T5 and Swin v2: a matrix over the length, bucketed, and gathered from a table. */
    @Test
    void relativePositions() {
        Net n = new Net(input("x", F32, "b", "t", 4));
        String t = n.node("Squeeze", n.size("x", 1));
        String steps = n.node("Range", n.weight(Tensor.scalar(0L)) + " " + t + " " + n.weight(Tensor.scalar(1L)));
        String row = n.node("Unsqueeze", steps + " " + n.longs(0));
        String column = n.node("Unsqueeze", steps + " " + n.longs(1));
        String far = n.node("Abs", n.node("Sub", row + " " + column));
        String bucket = n.node("Min", far + " " + n.weight(Tensor.scalar(3L)));
        String bias = n.node("Gather", n.weight(ramp(4)) + " " + bucket);
        String scores = n.node("MatMul", "x " + n.node("Transpose", "x", attribute("perm", new long[] {0, 2, 1})));
        String masked = n.node("Add", scores + " " + n.node("Trilu", bias, attribute("upper", 0)));
        String y = n.node("MatMul", n.node("Softmax", masked, attribute("axis", -1)) + " x");
        n.check(y, x(1, 5, 4), x(2, 9, 4), x(1, 1, 4));
    }

    private static Tensor vector(float value) {
        return Tensor.of(new float[] {value}, 1);
    }

    private static Tensor durations(long... dims) {
        Tensor t = Tensor.zeros(F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, 0.5 + i % 3);
        }
        return t;
    }
}
