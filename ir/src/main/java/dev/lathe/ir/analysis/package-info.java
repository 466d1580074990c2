/**
 * What can be known of a graph without changing it: who uses what ({@link Uses}), what a run costs in arithmetic,
 * memory and traffic ({@link GraphCost}). Graphs never change, so an answer holds for good; passes ask for one with
 * {@code PassContext.analysis}, which keeps it as long as the graph is the same. A new analysis is an
 * {@link Analysis}.
 */
@NullMarked
package dev.lathe.ir.analysis;

import org.jspecify.annotations.NullMarked;
