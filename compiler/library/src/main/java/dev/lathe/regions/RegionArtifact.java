package dev.lathe.regions;

import dev.lathe.Placement;
import dev.lathe.backend.Artifact;
import dev.lathe.backend.OneStep;
import dev.lathe.ir.Executable;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** A model whose regions are compiled for different targets. One file holds them all; see {@link RegionFile}. */
public final class RegionArtifact implements Artifact {
    private final RegionInterface model;
    private final List<Region> regions;
    private final List<Set<Tensor>> constants;
    private final Placement placement;

    /**
     * A model of regions.
     *
     * @param constants the constants of each region
     */
    RegionArtifact(RegionInterface model, List<Region> regions, List<Set<Tensor>> constants, Placement placement) {
        this.model = model;
        this.regions = List.copyOf(regions);
        this.constants = List.copyOf(constants);
        this.placement = placement;
    }

    /** What runs where. */
    public Placement placement() {
        return placement;
    }

    RegionInterface model() {
        return model;
    }

    List<Region> regions() {
        return regions;
    }

    @Override
    public boolean isFile() {
        return true;
    }

    @Override
    public void write(Path file) throws IOException {
        RegionFile.write(this, file);
    }

    @Override
    public Map<String, String> sources() {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < regions.size(); i++) {
            int number = i + 1;
            regions.get(i).artifact().sources().forEach((name, text) -> all.put("region" + number + "/" + name, text));
        }
        return all;
    }

    @Override
    public Optional<Artifact> with(Map<Tensor, Tensor> changed) {
        List<Region> others = new ArrayList<>();
        Map<Tensor, Tensor> unread = new IdentityHashMap<>(changed);
        for (int i = 0; i < regions.size(); i++) {
            Map<Tensor, Tensor> own = new IdentityHashMap<>(changed);
            own.keySet().retainAll(constants.get(i));
            Region r = regions.get(i);
            Optional<Artifact> made =
                    own.isEmpty() ? Optional.of(r.artifact()) : r.artifact().with(own);
            if (made.isEmpty()) {
                return Optional.empty();
            }
            own.keySet().forEach(unread::remove);
            others.add(new Region(r.target(), r.ending(), made.get(), r.inputs(), r.outputs(), r.timed(), r.steps()));
        }
        return unread.isEmpty()
                ? Optional.of(new RegionArtifact(model, others, constants, placement))
                : Optional.empty();
    }

    @Override
    public List<ModelStep> steps() {
        return regions.stream().flatMap(r -> r.steps().stream()).toList();
    }

    @Override
    public Executable load() {
        return loadAll((r, _) -> r.artifact().load());
    }

    @Override
    public Executable load(StepTimes times) {
        return loadAll((r, first) -> r.timed()
                ? r.artifact().load((step, nanos) -> times.took(first + step, nanos))
                : OneStep.timed(r.artifact().load(), first, times));
    }

    /** {@code loader} gets a region and the number of its first step. */
    private Executable loadAll(BiFunction<Region, Integer, Executable> loader) {
        List<Executable> loaded = new ArrayList<>();
        try {
            int first = 0;
            for (Region r : regions) {
                loaded.add(loader.apply(r, first));
                first += r.steps().size();
            }
            return new RegionModel(model, regions, loaded);
        } catch (RuntimeException e) {
            loaded.forEach(Executable::close);
            throw e;
        }
    }
}
