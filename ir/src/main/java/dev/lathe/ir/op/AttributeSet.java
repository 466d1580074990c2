package dev.lathe.ir.op;

/**
 * Attributes that come as a set: a public record that is a component of an op, and whose own components are attributes
 * of the op in all that {@link OpSchema} tells.
 */
public interface AttributeSet {}
