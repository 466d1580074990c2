package dev.lathe.backend.java;

import dev.lathe.backend.plan.ElementwiseKernel;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import java.util.List;
import java.util.stream.Collectors;

/** Elementwise kernels: the class of each, how it is prepared, and how it is called. */
final class PointwiseText {
    private final StepPrinter e;

    PointwiseText(StepPrinter e) {
        this.e = e;
    }

    void print(Step.Pointwise s) {
        String field = kernel(s.kernel());
        e.p.prepare(field + ".prepare(" + e.dim(s.rows()) + ", " + e.dim(s.columns()) + ", workers);");
        String run = bind(field, s.kernel(), s.to()) + ".run();";
        if (s.conditions().isEmpty()) {
            e.p.step(run);
        } else {
            String conditions = s.conditions().stream()
                    .map(c -> e.dim(c.a()) + " == " + e.dim(c.b()))
                    .collect(Collectors.joining(" && "));
            String otherwise = e.method("broadcast", s.otherwise());
            e.p.step("if (" + conditions + ") {\n            " + run + "\n        } else {\n            " + otherwise
                    + "();\n        }");
        }
    }

    /** A field that holds the kernel. */
    String kernel(ElementwiseKernel kernel) {
        String name = e.p.pointwiseClass(new PointwiseSource(kernel));
        String field = e.p.name("Elementwise");
        e.p.fields.put(name + " " + field, name + ".create()");
        List<ElementwiseKernel.Operand> operands = kernel.operands();
        for (int i = 0; i < operands.size(); i++) {
            ElementwiseKernel.Operand o = operands.get(i);
            String x = field + ".x" + i;
            if (o.rows() == ElementwiseKernel.Rows.EACH) {
                e.p.prepare(x + "Stride = " + e.dim(o.width()) + ";");
            } else if (o.rows() == ElementwiseKernel.Rows.PERIODIC) {
                e.p.prepare(x + "Inner = Math.max(1, " + e.dim(o.inner()) + ");");
                e.p.prepare(x + "Outer = Math.max(1, " + e.dim(o.outer()) + ");");
                e.p.prepare(x + "Stride = " + e.dim(o.width()) + ";");
            }
        }
        return field;
    }

    /** The call that tells the kernel where its result and its operands are. */
    String bind(String field, ElementwiseKernel kernel, View to) {
        StringBuilder s = new StringBuilder(field + ".bind(" + e.ref(to));
        kernel.views().forEach(v -> s.append(", ").append(e.ref(v)));
        return s.append(")").toString();
    }
}
