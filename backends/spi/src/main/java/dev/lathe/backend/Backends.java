package dev.lathe.backend;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The backends on the class path. */
public final class Backends {
    /** Targets of Lathe that come with a module of their own, which nobody has who did not ask, with how to ask. */
    private static final Map<String, String> APART = Map.of(
            "tensorrt",
            "in a checkout build with it, `LATHE_TARGETS=tensorrt ./lathe doctor`; elsewhere put"
                    + " dev.lathe:lathe-backend-tensorrt on the class path");

    private Backends() {}

    public static List<Backend> all() {
        return List.copyOf(byName().values());
    }

    /**
     * The backend of this name, whether this machine can run it or not.
     *
     * @throws LatheException if there is none
     */
    public static Backend named(String name) {
        Map<String, Backend> all = byName();
        Backend found = all.get(name);
        if (found == null && APART.containsKey(name)) {
            throw new LatheException(
                    LatheException.Fault.UNAVAILABLE,
                    List.of(Diagnostic.error(
                            "target.unavailable",
                            "target " + name + " is a module of its own, which is not on the class path",
                            APART.getOrDefault(name, ""))));
        }
        if (found == null) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "target.unknown",
                            "there is no target named " + name,
                            Suggestion.of(name, all.keySet()) + "the targets are " + String.join(", ", all.keySet())
                                    + "; others need their jar on the class path")));
        }
        return found;
    }

    /** The targets whose module is not here, by name: what is missing of each, and how to get it. */
    public static Map<String, Availability.Missing> absent() {
        Map<String, Availability.Missing> absent = new TreeMap<>();
        Map<String, Backend> here = byName();
        APART.forEach((name, fix) -> {
            if (!here.containsKey(name)) {
                absent.put(name, new Availability.Missing("its module is not on the class path", fix));
            }
        });
        return absent;
    }

    private static Map<String, Backend> byName() {
        Map<String, Backend> all = new TreeMap<>();
        ServiceLoader.load(Backend.class, Backends.class.getClassLoader()).forEach(b -> all.put(b.name(), b));
        return Collections.unmodifiableMap(all);
    }
}
