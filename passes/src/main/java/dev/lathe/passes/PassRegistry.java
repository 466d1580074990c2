package dev.lathe.passes;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The passes that a pipeline's text can name. Immutable. */
public final class PassRegistry {
    private final Map<String, Pass> passes;

    private PassRegistry(Map<String, Pass> passes) {
        this.passes = passes;
    }

    /** Lathe's own passes and those that {@link ServiceLoader} finds on the class path. */
    public static PassRegistry standard() {
        return new PassRegistry(Map.of()).with(Pipelines.PASSES).with(PassRegistry.class.getClassLoader());
    }

    /** This registry and further passes; a pass with a name that is taken is refused. */
    public PassRegistry with(Collection<? extends Pass> more) {
        Map<String, Pass> all = new TreeMap<>(passes);
        for (Pass p : more) {
            Pass old = all.putIfAbsent(p.name(), p);
            if (old != null && old.getClass() != p.getClass()) {
                throw usage(
                        "two passes are named " + p.name() + ": "
                                + old.getClass().getName() + " and "
                                + p.getClass().getName(),
                        "rename one of them");
            }
        }
        return new PassRegistry(Collections.unmodifiableMap(all));
    }

    /** This registry and the passes that jars of {@code loader} provide as services. */
    public PassRegistry with(ClassLoader loader) {
        List<Pass> found = new ArrayList<>();
        ServiceLoader.load(Pass.class, loader).forEach(found::add);
        return with(found);
    }

    /** All passes with their default options, by name. */
    public List<Pass> all() {
        return List.copyOf(passes.values());
    }

    /** The pass that {@code spec} describes. */
    public Pass create(PassSpec spec) {
        Pass defaults = passes.get(spec.name());
        if (defaults == null) {
            throw usage(
                    "there is no pass named " + spec.name(),
                    Suggestion.of(spec.name(), passes.keySet()) + "the passes are " + String.join(", ", passes.keySet())
                            + "; see `lathe passes`");
        }
        return Options.configure("pass " + defaults.name(), defaults, spec.options());
    }

    static String nameOf(Class<? extends Pass> pass) {
        return Pipelines.PASSES.stream()
                .filter(pass::isInstance)
                .map(Pass::name)
                .findFirst()
                .orElse(pass.getSimpleName());
    }

    private static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("pass.unknown", what, fix)));
    }
}
