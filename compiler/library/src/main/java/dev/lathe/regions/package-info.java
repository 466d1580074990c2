/**
 * Models that two targets run together. What a target refuses runs on target java: a graph is cut into regions, each
 * of which one target runs, and which hand on tensors. {@link dev.lathe.regions.Regions} says where it is cut, {@link
 * dev.lathe.regions.RegionCompiler} compiles the parts, {@link dev.lathe.regions.RegionModel} runs them.
 */
@NullMarked
package dev.lathe.regions;

import org.jspecify.annotations.NullMarked;
