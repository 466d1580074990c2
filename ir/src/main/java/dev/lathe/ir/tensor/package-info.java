/**
 * Tensors: dense arrays of every element type over Java arrays or memory segments, and the files that hold them. {@link
 * dev.lathe.ir.tensor.Tensor} is the place to start; {@link dev.lathe.ir.tensor.Npy} and
 * {@link dev.lathe.ir.tensor.SafeTensors} read untrusted bytes, so every size is checked against the bytes that exist
 * before anything is allocated. {@link dev.lathe.ir.tensor.Datum} adds sequences, maps and optionals of tensors.
 */
@NullMarked
package dev.lathe.ir.tensor;

import org.jspecify.annotations.NullMarked;
