package dev.lathe.ir.analysis;

import dev.lathe.ir.Graph;

/**
 * A question about a graph. Equal analyses of one graph have equal answers, which may be kept: a record, or a method
 * reference in a constant.
 */
@FunctionalInterface
public interface Analysis<T> {
    T of(Graph graph);
}
