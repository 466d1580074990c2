/** Passes, and what they are written with. */
module dev.lathe.passes {
    requires transitive dev.lathe.ir;
    requires static org.jspecify;

    exports dev.lathe.passes;
    exports dev.lathe.passes.clean;
    exports dev.lathe.passes.fold;
    exports dev.lathe.passes.fuse;
    exports dev.lathe.passes.layout;
    exports dev.lathe.passes.listen;
    exports dev.lathe.passes.lower;
    exports dev.lathe.passes.prune;
    exports dev.lathe.passes.quantize;
    exports dev.lathe.passes.recover;
    exports dev.lathe.passes.shape;
    exports dev.lathe.passes.statistics;
    exports dev.lathe.passes.weights;

    uses dev.lathe.passes.Pass;
}
