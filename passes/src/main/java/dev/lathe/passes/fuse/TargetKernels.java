package dev.lathe.passes.fuse;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Op;
import dev.lathe.passes.PassContext;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a target runs as one kernel. {@link FuseKernels} asks it before it forms a group, so that a group that is formed
 * is a group that runs.
 */
public interface TargetKernels {
    /** Under it the pipeline of a backend tells its passes the target's kernels. */
    PassContext.Key<TargetKernels> KEY = PassContext.key("target-kernels");

    /** For passes that run without a target: any contraction takes any elementwise ops behind it. */
    TargetKernels ANY = new TargetKernels() {
        @Override
        public boolean packs(CompositeOp op) {
            return false;
        }

        @Override
        public boolean isAnchor(Op op) {
            return op instanceof Contraction;
        }

        @Override
        public boolean multipliesIntegers() {
            return false;
        }

        @Override
        public Predicate<List<Node>> of(Graph graph) {
            return _ -> true;
        }
    };

    /** Whether products pack weights that such an op makes of constants, from its operands, so that it never runs. */
    boolean packs(CompositeOp op);

    /** Whether there is a kernel for such an op that takes elementwise ops behind it. */
    boolean isAnchor(Op op);

    /** Whether there is a kernel for matrix products of integers of 32 and 64 bits, whatever the numbers are. */
    boolean multipliesIntegers();

    /**
     * Which nodes of a graph, or of a region in it, are one kernel: at most one anchor, and elementwise ops, which the
     * anchor does not use. They are in order: first the constants of one element that the others use, last the one
     * that defines the result.
     */
    Predicate<List<Node>> of(Graph graph);
}
