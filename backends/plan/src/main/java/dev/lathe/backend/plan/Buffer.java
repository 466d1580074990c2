package dev.lathe.backend.plan;

import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;

/** An intermediate tensor: how many elements of which type it has. */
public record Buffer(ElementType element, Shape shape) {}
