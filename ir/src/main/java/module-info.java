/** Graphs, ops, tensors, and what they mean. Everything is for whoever writes passes or targets. */
module dev.lathe.ir {
    requires java.desktop;
    requires static org.jspecify;

    exports dev.lathe.ir;
    exports dev.lathe.ir.analysis;
    exports dev.lathe.ir.analysis.axes;
    exports dev.lathe.ir.autodiff;
    exports dev.lathe.ir.composite;
    exports dev.lathe.ir.diag;
    exports dev.lathe.ir.eval;
    exports dev.lathe.ir.op;
    exports dev.lathe.ir.tensor;
    exports dev.lathe.ir.text;
    exports dev.lathe.ir.type;

    uses dev.lathe.ir.eval.PatternEngine;
    uses dev.lathe.ir.op.OpProvider;

    provides dev.lathe.ir.op.OpProvider with
            dev.lathe.ir.composite.BuiltInComposites;
}
