package dev.lathe.backend.plan;

import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;

/**
 * An intermediate tensor: how many elements of which type it has.
 *
 * @param value the name of the value that it is made for
 */
public record Buffer(ElementType element, Shape shape, String value) {}
