/** Measures how a model runs: {@link dev.lathe.bench.Benchmark}. */
@NullMarked
package dev.lathe.bench;

import org.jspecify.annotations.NullMarked;
