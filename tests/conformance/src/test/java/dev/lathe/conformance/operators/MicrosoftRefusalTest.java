package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import org.junit.jupiter.api.Test;

/** What of {@code com.microsoft} is not supported is named, with a remedy. */
class MicrosoftRefusalTest extends MicrosoftTest {
    private static Diagnostic refusal(NodeModel node) {
        byte[] model = node.proto().toByteArray();
        LatheException e = assertThrows(LatheException.class, () -> OnnxImporter.read(model, null));
        return e.diagnostics().getFirst();
    }

    private static void refused(String what, String fix, NodeModel node) {
        Diagnostic d = refusal(node);
        assertThat(d.code()).isEqualTo("onnx.unsupported");
        assertThat(d.what()).contains(what);
        assertThat(d.fix()).contains(fix);
        assertThat(d.toString()).contains("the_node").contains(node.node().getOpType());
    }

    @Test
    void whatIsNotSupportedIsNamedWithARemedy() {
        Tensor x = random(2, 5, 8);
        Tensor w = random(8, 24);
        AttributeProto heads = attribute("num_heads", 2);
        refused(
                "\"Swirl\"",
                "basic",
                node("", "FusedGemm", "y", random(2, 3), random(3, 4), attribute("activation", "Swirl")));
        refused("rotary", "RotaryEmbedding", node("", "Attention", "y", x, w, "", heads, attribute("do_rotary", 1)));
        refused(
                "mask of rank 4",
                "[batch, keys]",
                node("", "Attention", "y", x, w, "", integers(ElementType.I32, 0, 2, 2, 1, 5, 5), heads));
        refused(
                "lengths and offsets",
                "CPU",
                node("", "Attention", "y", x, w, "", ints(1, 2, 3, 4, 5, 6, 7, 8), heads));
        refused(
                "3 bits",
                "4 or 8",
                node(
                        "",
                        "MatMulNBits",
                        "y",
                        random(2, 32),
                        weight(bytes(ElementType.U8, 5, 1, 12)),
                        weight(scales(5)),
                        attribute("K", 32),
                        attribute("N", 5),
                        attribute("bits", 3),
                        attribute("block_size", 32)));
    }
}
