/**
 * Real models on realistic inputs, compared with ONNX Runtime: the same numbers within 1e-4 of an output's scale, and
 * the same decisions. Each test runs on every {@link dev.lathe.conformance.models.Target} that can afford it.
 */
@NullMarked
package dev.lathe.conformance.models;

import org.jspecify.annotations.NullMarked;
