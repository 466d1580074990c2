/**
 * Operators one by one: against ONNX Runtime where it has them, against the formulas of the standard's text, and
 * against the standard's function bodies. A test is a {@link dev.lathe.conformance.operators.NodeModel}, a model of one
 * node; {@link dev.lathe.conformance.operators.OperatorTest} runs it on every target and in every form. One class holds
 * one family of operators.
 */
@NullMarked
package dev.lathe.conformance.operators;

import org.jspecify.annotations.NullMarked;
