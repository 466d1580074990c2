package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Convolutions and products with whole tiles, parts of tiles, borders and epilogues, beside the reference. */
class ProductTextTest {
    private static final OpenClBackend BACKEND = new OpenClBackend();

    @BeforeEach
    void needsDevice() {
        Availability here = BACKEND.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
    }

    /** Small whole numbers, so that all sums are exact. */
    private static Tensor numbers(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (int i = 0; i < t.size(); i++) {
            t.setFloat(i, (int) ((i * 37L + i / 7) % 11) - 5);
        }
        return t;
    }

    private static void runsAsTheReference(Graph graph, Map<String, Tensor> inputs) {
        CompileOptions options = CompileOptions.builder().build();
        Graph compiled = PassManager.run(graph, BACKEND.pipeline(options), options.passContext());
        OpenClPlans plans = OpenClPlans.of(compiled, Features.usual(Tiles.REGISTERS));
        try (Executable run = OpenClModel.load(plans, Map.of(), Devices.find(""), null)) {
            assertThat(run.call(inputs)).isEqualTo(new ReferenceEvaluator(graph).run(inputs));
        }
    }

    /** A convolution over two images of 9 lines of 13 pixels. */
    private record Window(int channels, int filters, int groups, int taps, int stride, int dilation, String pads) {
        String weight(int number) {
            return "%w" + number + " = constant @\"" + filters + "," + channels / groups + "," + taps + "\" : f32["
                    + filters + ", " + channels / groups + ", " + taps + ", " + taps + "]\n";
        }

        String conv(int number) {
            return ("%%c%1$d = conv(%%x%2$d, %%w%1$d) {strides=[%3$d, %3$d], pads=[%4$s], dilations=[%5$d, %5$d],"
                            + " groups=%6$d, layout=channels_first}\n%%y%1$d = relu(%%c%1$d)\n")
                    .formatted(number, channels, stride, pads, dilation, groups);
        }
    }

    @Test
    void windowsInsideAndAtTheBorder() {
        List<Window> all = List.of(
                new Window(48, 48, 48, 3, 1, 1, "1, 1, 1, 1"),
                new Window(40, 40, 40, 3, 2, 1, "1, 0, 2, 1"),
                new Window(48, 48, 48, 5, 1, 1, "2, 2, 2, 2"),
                new Window(48, 48, 48, 3, 1, 2, "2, 2, 2, 2"),
                new Window(48, 48, 48, 5, 2, 2, "7, 6, 5, 4"),
                new Window(3, 32, 1, 3, 2, 1, "1, 1, 1, 1"),
                new Window(3, 35, 1, 5, 1, 1, "2, 1, 0, 3"),
                new Window(3, 64, 1, 3, 1, 2, "2, 2, 2, 2"),
                new Window(40, 70, 1, 1, 2, 1, "0, 0, 0, 0"),
                new Window(40, 64, 2, 3, 1, 1, "1, 1, 1, 1"));
        StringBuilder weights = new StringBuilder();
        StringBuilder steps = new StringBuilder();
        List<String> results = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            weights.append(all.get(i).weight(i));
            steps.append(all.get(i).conv(i));
            results.add("%y" + i);
        }
        List<String> types = new ArrayList<>();
        for (Window w : all) {
            int[] pads = List.of(w.pads.split(", ")).stream()
                    .mapToInt(Integer::parseInt)
                    .toArray();
            int lost = (w.taps - 1) * w.dilation;
            types.add("f32[2, " + w.filters + ", " + ((9 + pads[0] + pads[2] - lost - 1) / w.stride + 1) + ", "
                    + ((13 + pads[1] + pads[3] - lost - 1) / w.stride + 1) + "]");
        }
        String text = "graph @windows(%x48: f32[2, 48, 9, 13], %x40: f32[2, 40, 9, 13], %x3: f32[2, 3, 9, 13]) -> ("
                + String.join(", ", types) + ") {\n" + weights + steps + "return " + String.join(", ", results)
                + "\n}\n";
        Graph graph = IrText.parse(text, name -> {
            String[] dims = name.split(",");
            long taps = Long.parseLong(dims[2]);
            return Optional.of(numbers(Long.parseLong(dims[0]), Long.parseLong(dims[1]), taps, taps));
        });
        runsAsTheReference(
                graph, Map.of("x48", numbers(2, 48, 9, 13), "x40", numbers(2, 40, 9, 13), "x3", numbers(2, 3, 9, 13)));
    }

    /** Of 70 columns 64 are finished as vectors and 6 one by one, and of 17 rows the last is not in a whole tile. */
    @Test
    void vectorsAreFinishedAsNumbersAre() {
        Graph graph = IrText.parse(
                """
                graph @finish(%x: f32[17, 4], %r: f32[17, 70], %c: f32[70], %q: f32[17, 1])
                    -> (f32[17, 70], f32[17, 70], f32[17, 70]) {
                  %w = constant @"w" : f32[4, 70]
                  %six = constant 6.0 : f32[]
                  %least = constant -1.0 : f32[]
                  %m = mat_mul(%x, %w)
                  %n = negate(%m)
                  %low = max(%n, %least)
                  %clip = min(%low, %six)
                  %k = mat_mul(%r, %rw)
                  %a = add(%k, %r)
                  %b = multiply(%a, %c)
                  %d = subtract(%b, %q)
                  %e = relu(%d)
                  %l = mat_mul(%x, %w)
                  %o = negate(%l)
                  %p = min(%o, %r)
                  %s = max(%p, %c)
                  return %clip, %e, %s
                }
                """.replace("  %six", "  %rw = constant @\"rw\" : f32[70, 70]\n  %six"),
                name -> Optional.of(name.equals("w") ? numbers(4, 70) : numbers(70, 70)));
        Tensor x = numbers(17, 4);
        for (int k = 0; k < 4; k++) {
            x.setFloat(k, 0); // products that are 0, and -0 when they are negated
            x.setFloat(4 + k, Float.NaN);
            x.setFloat(8 + k, k == 0 ? Float.POSITIVE_INFINITY : 0);
        }
        Tensor r = numbers(17, 70);
        for (int j = 0; j < 70; j += 3) {
            r.setFloat(j, j % 2 == 0 ? -0f : 0f);
            r.setFloat(280 + j, Float.NaN);
        }
        runsAsTheReference(graph, Map.of("x", x, "r", r, "c", numbers(70), "q", numbers(17, 1)));
    }
}
