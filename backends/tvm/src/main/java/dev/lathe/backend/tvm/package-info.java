/**
 * The target {@code tvm}: the steps of a plan as functions of TVM's tensor IR, which TVM compiles by LLVM for the
 * processor of this machine. TVM's C interface is called through {@code java.lang.foreign}, and only if somebody asks
 * for this target. Start at {@link dev.lathe.backend.tvm.TvmBackend}; {@code Tvm} is the binding.
 */
@NullMarked
package dev.lathe.backend.tvm;

import org.jspecify.annotations.NullMarked;
