/**
 * Models in folders that the command line of the build names: what people sent, what exporters write, what attackers
 * would. {@link dev.lathe.conformance.files.TestFoldersTest} compares the results of ONNX test folders;
 * {@link dev.lathe.conformance.files.HostileFilesTest} holds that every answer to a hostile file is a result or a
 * diagnostic, soon. Without the properties these tests are skipped.
 */
@NullMarked
package dev.lathe.conformance.files;

import org.jspecify.annotations.NullMarked;
