package dev.lathe.frontend.onnx.write;

import dev.lathe.frontend.onnx.file.Subgraphs;
import dev.lathe.frontend.onnx.read.OnnxSource;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.ir.Value;
import java.util.Optional;

/** Nodes of the model that was imported, as candidates. */
final class Originals {
    private Originals() {}

    static Candidate candidate(Cover cover, OnnxSource.Origin origin) {
        Candidate c = new Candidate();
        c.original = true;
        NodeProto.Builder node = origin.node().toBuilder().clearInput().clearOutput();
        for (Optional<Value> input : origin.inputs()) {
            node.addInput(input.map(v -> c.slot(cover.of(v))).orElse(""));
        }
        for (int i = 0; i < origin.outputs().size(); i++) {
            Optional<Value> output = origin.outputs().get(i);
            String name = origin.node().getOutput(i);
            c.addResult(output.map(v -> cover.made(v, name)).orElse(null));
            node.addOutput(output.isPresent() ? Candidate.result(i) : "");
        }
        origin.captures().forEach((name, v) -> {
            ValueClass captured = cover.of(v);
            c.slot(captured);
            c.captures.put(name, captured);
        });
        c.nodes.add(node.build());
        if (origin.function() != null) {
            c.slot(cover.function(origin.function()));
        }
        c.measured();
        // With the names that it had.
        c.bytes += origin.node().getSerializedSize() - node.build().getSerializedSize();
        return c;
    }

    /** A function of the model, with those that it calls. */
    static Candidate function(Cover cover, FunctionProto f) {
        Candidate c = new Candidate();
        c.original = true;
        c.functions.add(f);
        f.getNodeList().forEach(n -> called(cover, n, c));
        return c.measured();
    }

    private static void called(Cover cover, NodeProto n, Candidate by) {
        FunctionProto called = cover.model().function(n);
        if (called != null) {
            by.slot(cover.function(called));
        }
        n.getAttributeList()
                .forEach(a -> Subgraphs.of(a).forEach(g -> g.getNodeList().forEach(inner -> called(cover, inner, by))));
    }
}
