/**
 * Models to graphs: names, subgraphs, functions, and the problems of all nodes in one report. Start at
 * {@code ModelImporter} and {@code GraphImporter}; which operators there are, these are told. {@code Forks} imports
 * what follows a branch whose results differ in type. {@code OnnxSource} keeps the nodes that gave values, for an
 * export.
 */
@NullMarked
package dev.lathe.frontend.onnx.read;

import org.jspecify.annotations.NullMarked;
