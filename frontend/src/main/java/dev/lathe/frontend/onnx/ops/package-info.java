/**
 * The operators that Lathe knows: {@code BuiltInOperators} lists the families, each in a folder below, and
 * {@code OperatorTypes} the element types that the operators take. A new operator is a line in its family's
 * {@code addTo}; a new family is a line here.
 */
@NullMarked
package dev.lathe.frontend.onnx.ops;

import org.jspecify.annotations.NullMarked;
