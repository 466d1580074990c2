package dev.lathe.ir.op;

import dev.lathe.ir.type.Dim;
import java.util.List;

/** An op over the windows of its operand. */
public interface Windowed {
    Window window();

    default List<Long> strides() {
        return window().strides();
    }

    /** All the begins, then all the ends. */
    default List<Dim> pads() {
        return window().pads();
    }

    default List<Long> dilations() {
        return window().dilations();
    }
}
