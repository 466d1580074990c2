package dev.lathe.ir.op;

/**
 * Pseudorandom numbers. With a seed they are the same each time: number {@code i} is a hash of the seed and {@code i}.
 */
public sealed interface Random extends CoreOp permits RandomUniform, RandomNormal {}
