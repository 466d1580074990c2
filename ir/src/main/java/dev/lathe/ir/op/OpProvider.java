package dev.lathe.ir.op;

import java.util.List;

/**
 * Makes composite ops known to the IR's parser and to its reference pages; found by {@link java.util.ServiceLoader}.
 */
public interface OpProvider {
    List<Class<? extends CompositeOp>> ops();
}
