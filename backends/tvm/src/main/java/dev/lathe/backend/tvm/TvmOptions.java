package dev.lathe.backend.tvm;

import dev.lathe.passes.Option;

/**
 * What only the TVM target can be told.
 *
 * @param cpu the processor to compile for, as LLVM names it
 */
public record TvmOptions(
        @Option("the processor to compile for, as LLVM names it; that of this machine, if empty")
        String cpu) {
    /** The processor of this machine. */
    public static final TvmOptions DEFAULT = new TvmOptions("");
}
