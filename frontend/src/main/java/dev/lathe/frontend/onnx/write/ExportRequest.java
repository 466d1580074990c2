package dev.lathe.frontend.onnx.write;

import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.read.OnnxSource;
import dev.lathe.ir.Equalities;
import dev.lathe.ir.Graph;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A graph to write, and what is known beside it.
 *
 * @param source the model that the graph was made from, if there is one
 * @param equalities which values of the graph equal those of the model
 * @param isSame whether the graph gives what the model gave; false after passes that lose something
 * @param opset the version of the standard's operators to write; without it that of the model
 * @param sparse whether large weights may be sparse initializers
 * @param operators what the importer makes of a node in each version
 * @param exports what each op becomes
 */
public record ExportRequest(
        Graph graph,
        @Nullable OnnxSource source,
        Equalities equalities,
        boolean isSame,
        OptionalInt opset,
        boolean sparse,
        Operators operators,
        Exports exports) {
    /** Whether the model's own file says what the graph does: nothing was asked for that it does not have. */
    boolean mayStayAsItIs() {
        return isSame && opset.isEmpty() && !sparse && source != null && !source.hasShapes && source.isSelfContained();
    }
}
