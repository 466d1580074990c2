/**
 * What people read about models and their values: {@link dev.lathe.report.ModelReport} says what is in a model, {@link
 * dev.lathe.report.JarReport} what is in the jar of a compiled one.
 */
@NullMarked
package dev.lathe.report;

import org.jspecify.annotations.NullMarked;
