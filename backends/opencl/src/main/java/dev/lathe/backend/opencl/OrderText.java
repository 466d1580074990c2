package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;

/** The order of elements: an element is stored as number {@code r} of the best if {@code r} others come before it. */
final class OrderText {
    private final ProgramText program;
    private final ScalarText scalar;

    OrderText(ProgramText program) {
        this.program = program;
        this.scalar = program.expressions();
    }

    Launch topK(TopK t, View x, View values, View indices) {
        ElementType type = x.type().element();
        String stored = ElementKernel.stored(type);
        String word = ClText.computed(type);
        int rank = x.shape().rank();
        Dim inner = x.shape().slice(t.axis() + 1, rank).elements();
        ElementKernel k = new ElementKernel(x.shape().elements())
                .size("length", x.shape().dim(t.axis()))
                .size("inner", inner)
                .size("most", t.k())
                .reads("x", stored, x)
                .writes("values", stored, values)
                .writes("indices", "long", indices);
        k.line("const long line = i / (uint) (length * inner) * length * inner + i % (uint) inner;");
        k.line("const long own = i / (uint) inner % (uint) length;");
        k.line("const " + word + " mine = " + scalar.load(type, "x", "x_at + i") + ";");
        k.line("long rank = 0;");
        k.line("for (long j = 0; j < length && rank < most; j++) {");
        k.line("const " + word + " other = " + scalar.load(type, "x", "x_at + line + j * inner") + ";");
        String before = t.largest() ? "other > mine" : "other < mine";
        String equal = "other == mine";
        if (type.isFloat()) {
            // NaN is greater than all numbers.
            before += t.largest() ? " || (isnan(other) && !isnan(mine))" : " || (!isnan(other) && isnan(mine))";
            equal = "(other == mine || (isnan(other) && isnan(mine)))";
        }
        k.line("rank += " + before + " || (j < own && " + equal + ") ? 1 : 0;");
        k.line("}");
        k.line("if (rank < most) {");
        k.line("const long to = i / (uint) (length * inner) * most * inner + rank * inner + i % (uint) inner;");
        k.line(scalar.store(type, "values", "values_at + to", "mine"));
        k.line("indices[indices_at + to] = own;");
        k.line("}");
        return k.launch(program, "top_k_" + type.text());
    }
}
