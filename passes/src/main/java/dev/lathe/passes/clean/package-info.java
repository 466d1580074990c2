/**
 * Clean-up passes: everyday algebra as tables of rules, dead code, common subexpressions, known conditions. A new
 * algebraic rule is one line in the table of its op family.
 */
@NullMarked
package dev.lathe.passes.clean;

import org.jspecify.annotations.NullMarked;
