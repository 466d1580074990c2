package dev.lathe.conformance.hostile;

import dev.lathe.grammar.onnx.ModelProto;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The table of hostile models. */
final class HostileModels {
    private HostileModels() {}

    /** A model by what is wrong with it: {@code kind/trick}. */
    record Hostile(String name, Supplier<ModelProto> model) {}

    private final List<Hostile> all = new ArrayList<>();

    static List<Hostile> all() {
        HostileModels m = new HostileModels();
        HostileSizes.addTo(m);
        HostileAttributes.addTo(m);
        HostileLists.addTo(m);
        HostileDepth.addTo(m);
        HostileTexts.addTo(m);
        HostileTables.addTo(m);
        HostileFiles.addTo(m);
        return m.all;
    }

    void add(String name, Supplier<ModelProto> model) {
        all.add(new Hostile(name, model));
    }
}
