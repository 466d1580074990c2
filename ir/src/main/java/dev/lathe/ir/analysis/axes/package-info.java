/**
 * Which positions along the axes of values belong together, so that none can be removed without the others. Start at
 * {@link dev.lathe.ir.analysis.axes.AxisRelations}; what an op says is in {@code AxisRules}.
 */
@NullMarked
package dev.lathe.ir.analysis.axes;

import org.jspecify.annotations.NullMarked;
