/** What people read about models and their values: {@link dev.lathe.report.ModelReport} says what is in a model, {@link dev.lathe.report.PassExplorer} shows what passes do to it. */
@NullMarked
package dev.lathe.report;

import org.jspecify.annotations.NullMarked;
