package dev.lathe.ir.op;

/**
 * The function that distinguishes the members of an op family, such as {@code EXP} of the unary ops. Its text is the
 * op's name in IR text, so it is not printed as an attribute. Implemented by enums.
 */
public interface OpFunction {
    /** The op's name in IR text: {@code exp}, {@code reduce_sum}. */
    String mnemonic();
}
