package dev.lathe.regions;

import dev.lathe.backend.Artifact;
import dev.lathe.ir.ModelStep;
import java.util.List;

/**
 * A compiled region.
 *
 * @param target what runs it
 * @param ending how the names of files of this target end
 * @param inputs the names of the values that it reads: inputs of the model, or outputs of regions before it
 * @param outputs the names of the values that it makes
 * @param timed whether the target tells how long each step takes; else the region is one step
 * @param steps of its artifact, or that one step
 */
record Region(
        String target,
        String ending,
        Artifact artifact,
        List<String> inputs,
        List<String> outputs,
        boolean timed,
        List<ModelStep> steps) {}
