package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** Normalizations and pools: a work item for each row, or for each element of the result. */
final class RowText {
    private static final int GROUP = 16;

    private final ProgramText program;

    private final boolean wide;

    /** @param wide whether a work item computes with vectors of 16, as on CPUs */
    RowText(ProgramText program, boolean wide) {
        this.program = program;
        this.wide = wide;
    }

    // Normalizations.

    private static final String SOFTMAX = """
        kernel void @(const long n, const long length, global const float *x, const long x_at,
                global float *y, const long y_at) {
            const uint i = get_global_id(0);
            if (i >= n) {
                return;
            }
            global const float *from = x + x_at + i * length;
            global float *to = y + y_at + i * length;
            float largest = -INFINITY;
            for (long k = 0; k < length; k++) {
                largest = from[k] > largest || isnan(from[k]) ? from[k] : largest;
            }
            float16 sums = 0;
            long k = 0;
            for (; k + 16 <= length; k += 16) {
                const float16 e = exp(vload16(0, from + k) - largest);
                sums += e;
                vstore16(e, 0, to + k);
            }
            const float8 eight = sums.lo + sums.hi;
            const float4 four = eight.lo + eight.hi;
            float sum = four.x + four.y + four.z + four.w;
            for (; k < length; k++) {
                const float e = exp(from[k] - largest);
                sum += e;
                to[k] = e;
            }
            const float factor = 1 / sum;
            for (k = 0; k + 16 <= length; k += 16) {
                vstore16(vload16(0, to + k) * factor, 0, to + k);
            }
            for (; k < length; k++) {
                to[k] *= factor;
            }
        }
        """;

    Launch softmax(Step.SoftmaxRows s) {
        return new Launch(
                program.define("softmax_rows", SOFTMAX),
                List.of(s.rows()),
                GROUP,
                List.of(
                        new Launch.Size(s.rows()),
                        new Launch.Size(s.length()),
                        new Launch.Elements(s.x()),
                        new Launch.Elements(s.to())));
    }

    Launch layerNorm(Step.LayerNormRows s) {
        String parameters = "";
        String wide = "d";
        String narrow = "d";
        List<Launch.Argument> arguments = new ArrayList<>(List.of(
                new Launch.Size(s.rows()),
                new Launch.Size(s.length()),
                new Launch.LaunchNumber((float) s.epsilon()),
                new Launch.Elements(s.x())));
        if (s.scale().isPresent()) {
            parameters += ",\n        global const float *scale, const long scale_at";
            wide += " * vload16(0, scale + scale_at + k)";
            narrow += " * scale[scale_at + k]";
            arguments.add(new Launch.Elements(s.scale().get()));
        }
        if (s.bias().isPresent()) {
            parameters += ",\n        global const float *bias, const long bias_at";
            wide += " + vload16(0, bias + bias_at + k)";
            narrow += " + bias[bias_at + k]";
            arguments.add(new Launch.Elements(s.bias().get()));
        }
        arguments.add(new Launch.Elements(s.to()));
        String text = """
            kernel void @(const long n, const long length, const float epsilon,
                    global const float *x, const long x_at%s, global float *y, const long y_at) {
                const uint i = get_global_id(0);
                if (i >= n) {
                    return;
                }
                global const float *from = x + x_at + i * length;
                global float *to = y + y_at + i * length;
                float16 sums = 0;
                long k = 0;
                for (; k + 16 <= length; k += 16) {
                    sums += vload16(0, from + k);
                }
                const float8 eight = sums.lo + sums.hi;
                const float4 four = eight.lo + eight.hi;
                float sum = four.x + four.y + four.z + four.w;
                for (; k < length; k++) {
                    sum += from[k];
                }
                const float mean = sum / length;
                float16 squares = 0;
                for (k = 0; k + 16 <= length; k += 16) {
                    const float16 d = vload16(0, from + k) - mean;
                    squares += d * d;
                }
                const float8 eight2 = squares.lo + squares.hi;
                const float4 four2 = eight2.lo + eight2.hi;
                float square = four2.x + four2.y + four2.z + four2.w;
                for (; k < length; k++) {
                    const float d = from[k] - mean;
                    square += d * d;
                }
                const float factor = 1 / sqrt(square / length + epsilon);
                for (k = 0; k + 16 <= length; k += 16) {
                    const float16 d = (vload16(0, from + k) - mean) * factor;
                    vstore16(%s, 0, to + k);
                }
                for (; k < length; k++) {
                    const float d = (from[k] - mean) * factor;
                    to[k] = %s;
                }
            }
            """.formatted(parameters, wide, narrow);
        return new Launch(program.define("layer_norm_rows", text), List.of(s.rows()), GROUP, List.copyOf(arguments));
    }

    // Pools.

    private static final String CHANNEL = """
        const long channel = i % (uint) channels;
                uint rest = i / (uint) channels;\
        """;

    /** The last 16 channels are those of the item before, too, if they are fewer. */
    private static final String VECTOR_CHANNEL = """
        const uint chunks = (channels + 15) / 16;
                const long channel = min(i % chunks * 16L, channels - 16);
                uint rest = i / chunks;\
        """;

    /** Whether work items have 16 channels each. */
    private boolean hasVectors(Dim channels) {
        return wide && channels.isConstant() && channels.constant() >= 16;
    }

    Launch pool(Step.Pooling s) {
        Window2d w = s.window();
        Shape in = s.x().shape();
        Shape out = s.to().shape();
        ElementType type = s.x().type().element();
        boolean max = s.function() == PoolFunction.MAX_POOL;
        boolean vectors = type == ElementType.F32 && hasVectors(in.dim(3));
        String least = type == ElementType.F32 ? "-INFINITY" : type == ElementType.I8 ? "-128" : "0";
        String result = switch (s.function()) {
            case MAX_POOL, SUM_POOL -> "all";
            case AVERAGE_POOL -> "all / (float) inside";
            case AVERAGE_POOL_PADDED -> "all / (float) padded";
        };
        String joined = vectors
                ? "select(all, next, isgreater(next, all) | isnan(next))"
                : type == ElementType.F32 ? "next > all || isnan(next) ? next : all" : "max(all, next)";
        String text = """
            kernel void @(const long n, const long height, const long width, const long channels, const long out_height,
                    const long out_width, const long pad_top, const long pad_left, const long pad_bottom,
                    const long pad_right, global const %1$s *x, const long x_at, global %1$s *y, const long y_at) {
                const uint i = get_global_id(0);
                if (i >= n) {
                    return;
                }
                %10$s
                const int left = rest %% (uint) out_width * %2$d - (int) pad_left;
                rest /= (uint) out_width;
                const int top = rest %% (uint) out_height * %3$d - (int) pad_top;
                const long image = rest / (uint) out_height;
                %11$s all = %4$s;
                int inside = 0;
                int padded = 0;
                for (int h = 0; h < %5$d; h++) {
                    const int line = top + h * %6$d;
                    for (int w = 0; w < %7$d; w++) {
                        const int place = left + w * %8$d;
                        padded += line < height + pad_bottom && place < width + pad_right;
                        if (line >= 0 && line < height && place >= 0 && place < width) {
                            global const %1$s *from = x + x_at + ((image * height + line) * width + place) * channels;
                            const %11$s next = %12$s;
                            all = %9$s;
                            inside++;
                        }
                    }
                }
                %13$s
            }
            """.formatted(
                        ClText.stored(type).orElseThrow(),
                        w.strideWidth(),
                        w.strideHeight(),
                        max ? least : "0",
                        w.kernelHeight(),
                        w.dilationHeight(),
                        w.kernelWidth(),
                        w.dilationWidth(),
                        max ? joined : "all + next",
                        vectors ? VECTOR_CHANNEL : CHANNEL,
                        ClText.stored(type).orElseThrow() + (vectors ? "16" : ""),
                        vectors ? "vload16(0, from + channel)" : "from[channel]",
                        vectors
                                ? "vstore16(" + result + ", 0, y + y_at + i / chunks * channels + channel);"
                                : "y[y_at + i] = " + result + ";");
        Dim items = vectors ? out.slice(0, 3).elements().times(in.dim(3).ceilDiv(Dim.of(16))) : out.elements();
        return new Launch(
                program.define(s.function().mnemonic(), text),
                List.of(items),
                vectors ? GROUP : 16 * GROUP,
                List.of(
                        new Launch.Size(items),
                        new Launch.Size(in.dim(1)),
                        new Launch.Size(in.dim(2)),
                        new Launch.Size(in.dim(3)),
                        new Launch.Size(out.dim(1)),
                        new Launch.Size(out.dim(2)),
                        new Launch.Size(w.pad(0)),
                        new Launch.Size(w.pad(1)),
                        new Launch.Size(w.padAfter(0)),
                        new Launch.Size(w.padAfter(1)),
                        new Launch.Elements(s.x()),
                        new Launch.Elements(s.to())));
    }
}
