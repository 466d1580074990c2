package dev.lathe.frontend.onnx.write;

import dev.lathe.frontend.onnx.file.ExternalWeights;
import dev.lathe.frontend.onnx.file.ModelSize;
import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.frontend.onnx.read.OnnxSource;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.ir.diag.LatheException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes a graph as a model: tries opsets and ways to weigh nodes against bytes, and takes the smallest result. */
public final class ModelWriter {
    /** The opset of a graph that comes from no model, unless an op needs a newer one. */
    public static final int OPSET = 21;

    /** Versions to try, where a model's own has no operators for what it became; the newest comes after them. */
    private static final List<Integer> OPSETS = List.of(13, 17, 18, OPSET, 23, 24, 26);

    private final ExportRequest request;
    private final @Nullable ExternalWeights weights;

    /** @param weights where large weights go; null if all are to be in the model */
    public ModelWriter(ExportRequest request, @Nullable ExternalWeights weights) {
        this.request = request;
        this.weights = weights;
    }

    /** @throws LatheException if an op cannot be said in ONNX */
    public ModelProto write() {
        OnnxSource source = request.source();
        int newest = request.operators().newestOpset();
        if (request.opset().isPresent()) {
            return best(request.opset().getAsInt());
        }
        if (source == null) {
            return attempt(newest, ExportedModel.PER_NODE, true).write(weights, OPSET);
        }
        int own = OnnxNames.opsets(source.model.getOpsetImportList()).getOrDefault("", 1);
        List<Integer> versions = new ArrayList<>(List.of(own));
        Stream.concat(OPSETS.stream(), Stream.of(newest)).filter(v -> v > own).forEach(versions::add);
        LatheException first = null;
        for (int version : versions) {
            try {
                return best(version);
            } catch (LatheException e) {
                first = first == null ? e : first;
            }
        }
        if (request.mayStayAsItIs()) {
            return source.model;
        }
        throw Objects.requireNonNull(first);
    }

    /**
     * The smallest of several choices that has neither more nodes nor more bytes than the model had; the last is what
     * the model said itself.
     */
    private ModelProto best(int opset) {
        Attempt balanced = attempt(opset, ExportedModel.PER_NODE, true);
        ModelProto source = request.source() == null ? null : request.source().model;
        if (source == null || !request.isSame() || weights != null) {
            return balanced.write(weights, opset);
        }
        ModelProto best = balanced.write(null, opset);
        double[] worths = {0, 1e6};
        for (int i = 0; !isNoLarger(best, source) && i < worths.length; i++) {
            ModelProto other = attempt(opset, worths[i], true).write(null, opset);
            best = isNoLarger(other, source) ? other : best;
        }
        if (!isNoLarger(best, source)) {
            ModelProto plain = attempt(opset, ExportedModel.PER_NODE, false).write(null, opset);
            best = isNoLarger(plain, source) || ModelSize.bytes(plain) < ModelSize.bytes(best) ? plain : best;
        }
        // What the nodes do not tell, such as a gradient, only the model itself says as shortly.
        return isNoLarger(best, source) || !request.mayStayAsItIs() ? best : source;
    }

    private static boolean isNoLarger(ModelProto a, ModelProto b) {
        return ModelSize.bytes(a) <= ModelSize.bytes(b) && ModelSize.nodes(a) <= ModelSize.nodes(b);
    }

    private record Attempt(ExportedModel model, Cover cover) {
        ModelProto write(@Nullable ExternalWeights weights, int opset) {
            ModelNames names = new ModelNames(model, weights);
            return names.file(new CoverWriter(cover, null, names).whole(), Math.max(opset, cover.opset()));
        }
    }

    private Attempt attempt(int opset, double perNode, boolean improve) {
        ExportedModel model = new ExportedModel(request, opset, perNode, improve);
        Cover cover = Cover.whole(model, request.graph());
        cover.choose(perNode, improve);
        return new Attempt(model, cover);
    }
}
