/**
 * The public ONNX test suites, run through the importer and a runtime. {@link dev.lathe.conformance.OnnxConformance} is
 * the one test class, each runtime extends it; what is skipped stands in {@code ignored.txt} with its reason.
 * {@link dev.lathe.conformance.ConformanceReport} prints all failures by reason. {@link
 * dev.lathe.conformance.TargetsPageTest} holds the table of what runs each op on each target.
 */
@NullMarked
package dev.lathe.conformance;

import org.jspecify.annotations.NullMarked;
