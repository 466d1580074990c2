package dev.lathe.backend.plan;

import dev.lathe.ir.Location;

/** A step and the nodes of the model that it stands for. */
public record Instruction(Location location, Step step) {}
