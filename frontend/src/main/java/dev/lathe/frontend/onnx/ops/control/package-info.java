/**
 * Branches, loops and scans, and the sequences and optionals that go through them. {@code Loops} makes a loop whose
 * body is written in code, for the families that need one. Start at {@code ControlOps}.
 */
@NullMarked
package dev.lathe.frontend.onnx.ops.control;

import org.jspecify.annotations.NullMarked;
