package dev.lathe.frontend.onnx;

import dev.lathe.ir.Equalities;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an exporter may know beside the graph.
 *
 * @param source the model that the graph was made from, whose nodes are written again where they are not changed
 * @param equalities which values of the graph equal those of the model
 * @param opset the version of the standard's operators to write; without it that of the model
 * @param sparse whether to write large weights that are mostly zeros as sparse initializers, where these are smaller.
 *     Not all runtimes read them, and none that is known skips the zeros. Weights in a file of their own stay dense.
 */
public record ExportOptions(Optional<ImportedModel> source, Equalities equalities, OptionalInt opset, boolean sparse) {
    /** Options that write all weights dense. */
    public ExportOptions(Optional<ImportedModel> source, Equalities equalities, OptionalInt opset) {
        this(source, equalities, opset, false);
    }

    /** A graph that comes from no model. */
    public static ExportOptions none() {
        return new ExportOptions(Optional.empty(), new Equalities(), OptionalInt.empty());
    }
}
