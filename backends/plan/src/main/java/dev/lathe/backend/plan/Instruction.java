package dev.lathe.backend.plan;

import dev.lathe.ir.Location;

/**
 * A step.
 *
 * @param location the nodes of the model that it stands for
 * @param value the name of the value that it is a step towards
 */
public record Instruction(Location location, String value, Step step) {}
