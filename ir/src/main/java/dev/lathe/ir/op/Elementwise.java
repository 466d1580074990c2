package dev.lathe.ir.op;

/** Results computed element by element; operands broadcast by NumPy's rules. */
public sealed interface Elementwise extends CoreOp permits Unary, Binary, Compare, Select, Cast {
    @Override
    default boolean isElementwise() {
        return true;
    }
}
