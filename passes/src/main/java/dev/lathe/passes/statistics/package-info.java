/** What passes ask to be measured on data: distributions, moments of channels, and Gram matrices. */
@NullMarked
package dev.lathe.passes.statistics;

import org.jspecify.annotations.NullMarked;
