package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.Instruction;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.StepTable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.runtime.input.InputValues;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Measures tiles where they are used: the whole model runs on random inputs with each candidate, and the device says
 * how long each product took. What was fastest is kept for all models that multiply the same.
 */
final class TileTrial {
    /** The calls of which the fastest counts. */
    private static final int CALLS = 5;

    private final Device device;
    private final Graph graph;
    private final Map<String, InputRole> roles;

    TileTrial(Device device, Graph graph, Map<String, InputRole> roles) {
        this.device = device;
        this.graph = graph;
        this.roles = roles;
    }

    /**
     * Measures all products whose sizes are known, and keeps what was found.
     *
     * @throws LatheException {@code opencl.tune} if the device has no tiles to choose from, or the model has no such
     * products, which it says apart from products whose sizes depend on the call; {@code opencl.cache} if the store
     * cannot be written, which is found before anything is measured
     */
    Map<String, RegisterTile> run(Features features, TileStore store) {
        if (features.localTiles()) {
            throw failure(
                    device.name() + " has products in local memory, of one shape",
                    "leave out --tune, or add --tiles registers");
        }
        Set<String> products = products();
        keep(Map.of(), store); // fails now rather than after minutes
        Map<String, RegisterTile> fastest = new TreeMap<>();
        Map<String, Long> shortest = new HashMap<>();
        for (RegisterTile candidate : RegisterTile.CANDIDATES) {
            Map<String, RegisterTile> all = new HashMap<>();
            products.forEach(p -> all.put(p, candidate));
            times(features.with(new MeasuredTiles(all))).forEach((product, nanos) -> {
                if (nanos < shortest.getOrDefault(product, Long.MAX_VALUE)) {
                    shortest.put(product, nanos);
                    fastest.put(product, candidate);
                }
            });
        }
        keep(fastest, store);
        return fastest;
    }

    private void keep(Map<String, RegisterTile> fastest, TileStore store) {
        try {
            store.keep(device, fastest);
        } catch (IOException e) {
            throw new LatheException(
                    LatheException.Fault.UNAVAILABLE,
                    List.of(Diagnostic.error(
                            "opencl.cache",
                            "cannot keep the measured tiles in " + store.folder() + ": " + WholeFile.reason(e),
                            "make the folder writable, or name another one in XDG_CACHE_HOME")));
        }
    }

    private static LatheException failure(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("opencl.tune", what, fix)));
    }

    private Set<String> products() {
        List<Step> products = Step.all(OpenClPlans.of(graph, Features.usual(Tiles.REGISTERS))
                        .plan()
                        .steps())
                .map(Instruction::step)
                .filter(OpenClLaunches::hasTiles)
                .toList();
        if (products.isEmpty()) {
            throw failure(
                    "this model multiplies nothing by weights, so that there is nothing to measure",
                    "leave out --tune: it is for matrix products and convolutions whose weights are constants");
        }
        Set<String> names = new TreeSet<>();
        products.forEach(p -> OpenClLaunches.product(p).ifPresent(names::add));
        if (names.isEmpty()) {
            throw failure(
                    "the sizes of this model's products depend on the call, so that there is nothing to measure",
                    "fix the shapes of the inputs by --shape NAME=DIMS");
        }
        return names;
    }

    /** The shortest time of each product, in nanoseconds. */
    private Map<String, Long> times(Features features) {
        OpenClPlans plans = OpenClPlans.of(graph, features);
        StepTable table = new StepTable(plans.plan());
        Map<Integer, String> products = new HashMap<>();
        plans.plan()
                .work()
                .forEach(i -> OpenClLaunches.product(i.step()).ifPresent(p -> products.put(table.number(i), p)));
        Map<String, Long> shortest = new HashMap<>();
        StepTimes times = (step, nanos) -> {
            String product = products.get(step);
            if (product != null) {
                shortest.merge(product, nanos, Math::min);
            }
        };
        try (OpenClModel model = OpenClModel.load(plans, roles, device, times)) {
            Map<String, Datum> inputs = new InputValues(model).read(List.of());
            model.run(inputs); // compiles kernels
            shortest.clear();
            for (int i = 0; i < CALLS; i++) {
                model.run(inputs);
            }
        }
        return shortest;
    }
}
