/**
 * Measures how a model runs: {@link dev.lathe.bench.Benchmark}; {@link dev.lathe.bench.Comparison} on several targets.
 */
@NullMarked
package dev.lathe.bench;

import org.jspecify.annotations.NullMarked;
