package dev.lathe.backend.tvm;

import java.util.List;

/**
 * A function of TVM's tensor IR.
 *
 * @param name its name in the module
 * @param parameters arrays and integers, in order
 */
record Kernel(String name, List<Parameter> parameters, Stmt body) {
    /** What a kernel is given. */
    sealed interface Parameter permits Array, Expr.Var {
        String name();
    }

    /** As a function of TVM's script, for people. */
    @Override
    public String toString() {
        return KernelText.of(this);
    }
}
