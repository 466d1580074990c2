package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.ElementwiseKernel;
import dev.lathe.backend.plan.Step;
import dev.lathe.ir.type.Dim;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tiles that were fastest on a device, by what is multiplied. Only products whose sizes are known before a call
 * are measured. The sums of a tile are those of any other, so that results do not depend on it.
 */
record MeasuredTiles(Map<String, RegisterTile> fastest) {
    /** Of a device that nobody measured. */
    static final MeasuredTiles NONE = new MeasuredTiles(Map.of());

    MeasuredTiles {
        fastest = Map.copyOf(fastest);
    }

    /** The tile of a product of so many rows. */
    RegisterTile of(Optional<String> product, Dim rows) {
        RegisterTile known = product.map(fastest::get).orElse(null);
        return known == null ? RegisterTile.usual(rows) : known;
    }

    /** These, with others in the place of what is known of the same products. */
    MeasuredTiles with(Map<String, RegisterTile> others) {
        Map<String, RegisterTile> all = new TreeMap<>(fastest);
        all.putAll(others);
        return new MeasuredTiles(all);
    }

    private static String words(@Nullable ElementwiseKernel epilogue) {
        return epilogue == null
                ? ""
                : epilogue.nodes().stream().map(n -> " " + n.op().mnemonic()).collect(Collectors.joining());
    }

    /** The name of what a step multiplies; empty if its sizes depend on the call. */
    static Optional<String> name(Step.MatrixProduct s) {
        return s.rows().isConstant()
                ? Optional.of("matrix " + s.rows() + " " + s.matrix().depth() + " "
                        + s.matrix().columns() + words(s.epilogue()))
                : Optional.empty();
    }

    /** As for a matrix, for a convolution whose filters are known. */
    static Optional<String> name(Step.Convolution s) {
        boolean known = s.form() == Step.Convolution.Form.GROUPED
                && s.x().shape().isStatic()
                && s.to().shape().isStatic();
        return known
                ? Optional.of("convolution " + s.x().shape() + " " + s.to().shape() + " "
                        + s.window().kernel() + " " + s.window().strides() + " "
                        + s.window().dilations() + " " + s.groups() + words(s.epilogue()))
                : Optional.empty();
    }
}
