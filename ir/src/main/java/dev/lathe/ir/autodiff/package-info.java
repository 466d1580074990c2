/**
 * Derivatives: {@link Gradients} adds to a graph what computes those of one value with respect to others, from the end
 * backwards. A class for each family of ops holds its rules; their switches have no default over the ops of a family,
 * so a new op needs a rule, or a reason why there is none. A composite has the derivative of its expansion.
 */
@NullMarked
package dev.lathe.ir.autodiff;

import org.jspecify.annotations.NullMarked;
