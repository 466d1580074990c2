package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** The batches of products, which broadcast. */
final class Batches {
    private Batches() {}

    /**
     * Declares {@code x_batch} and {@code z_batch}, the matrices of two operands for {@code rest}, the number of a
     * batch, which is used up.
     *
     * @param batch how many axes of {@code out} count the batches
     */
    static List<String> lines(
            Shape x, Shape y, Shape out, int batch, List<String> parameters, List<Launch.Argument> arguments) {
        List<String> lines = new ArrayList<>();
        lines.add("long x_batch = 0, z_batch = 0, x_many = 1, z_many = 1;");
        for (int k = batch - 1; k >= 0; k--) {
            parameters.add("const long d" + k + ", const long x" + k + "_many, const long z" + k + "_many");
            arguments.add(new Launch.Size(out.dim(k)));
            arguments.add(new Launch.Size(aligned(x, k - batch)));
            arguments.add(new Launch.Size(aligned(y, k - batch)));
            lines.add("x_batch += x" + k + "_many == 1 ? 0 : rest % d" + k + " * x_many;");
            lines.add("z_batch += z" + k + "_many == 1 ? 0 : rest % d" + k + " * z_many;");
            lines.add("x_many *= x" + k + "_many;");
            lines.add("z_many *= z" + k + "_many;");
            lines.add("rest /= d" + k + ";");
        }
        return lines;
    }

    /** The size of an axis, counted from behind the batches. */
    private static Dim aligned(Shape shape, int fromEnd) {
        int own = shape.rank() - 2 + fromEnd;
        return own < 0 ? Dim.ONE : shape.dim(own);
    }
}
