package dev.lathe.regions;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.eval.OutputCheck;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Runs regions one after the other. What a region hands on is a tensor on the host, and goes when nobody reads it. */
final class RegionModel implements Executable {

    /**
     * A region that is ready to run.
     *
     * @param last the values that no region after it reads
     */
    record Stage(Executable run, List<String> inputs, Set<String> last) {}

    private final RegionInterface model;
    private final List<Stage> stages;
    private volatile boolean closed;

    RegionModel(RegionInterface model, List<Region> regions, List<Executable> loaded) {
        this.model = model;
        Set<String> later = new HashSet<>(model.values());
        Stage[] all = new Stage[regions.size()];
        for (int i = regions.size() - 1; i >= 0; i--) {
            List<String> inputs = regions.get(i).inputs();
            Set<String> last = new HashSet<>(inputs);
            last.removeAll(later);
            later.addAll(inputs);
            all[i] = new Stage(loaded.get(i), inputs, last);
        }
        this.stages = List.of(all);
    }

    @Override
    public List<Port> inputs() {
        return model.inputs();
    }

    @Override
    public List<Port> outputs() {
        return model.outputs();
    }

    @Override
    public InputRole role(String input) {
        InputRole role = model.roles().get(input);
        return role == null ? Executable.super.role(input) : role;
    }

    @Override
    public Map<String, Datum> run(Map<String, ? extends Datum> given, Deadline deadline) {
        if (closed) {
            throw InputCheck.closed();
        }
        InputCheck.bind(model.inputs(), given);
        Map<String, Datum> values = new HashMap<>(given);
        for (Stage stage : stages) {
            deadline.check();
            Map<String, Datum> arguments = new HashMap<>();
            stage.inputs.forEach(name -> arguments.put(name, value(values, name)));
            values.putAll(stage.run.run(arguments, deadline));
            stage.last.forEach(values::remove);
        }
        Map<String, Datum> results = new LinkedHashMap<>();
        Set<String> handedOut = new HashSet<>(given.keySet());
        for (int i = 0; i < model.outputs().size(); i++) {
            String name = model.values().get(i);
            Datum value = value(values, name);
            results.put(model.outputs().get(i).name(), handedOut.add(name) ? value : copy(value));
        }
        return results;
    }

    private static Datum value(Map<String, Datum> values, String name) {
        @Nullable Datum value = values.get(name);
        return Objects.requireNonNull(value, () -> "no region has made \"" + name + "\"");
    }

    /** The caller may change what it is given: an input that is an output, too, or a value that two outputs are. */
    private static Datum copy(Datum value) {
        if (!(value instanceof Tensor t) || t.element().isString()) {
            return value;
        }
        Tensor made = Tensor.zeros(t.element(), t.dims());
        MemorySegment.copy(t.data(), 0, made.data(), 0, t.byteSize());
        return made;
    }

    @Override
    public void callInto(Map<String, Tensor> given, Map<String, Tensor> results, Deadline deadline) {
        OutputCheck.callInto(this, given, results, deadline);
    }

    @Override
    public void close() {
        closed = true;
        stages.forEach(s -> s.run.close());
    }
}
