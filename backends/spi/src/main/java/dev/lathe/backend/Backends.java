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

    private static Map<String, Backend> byName() {
        Map<String, Backend> all = new TreeMap<>();
        ServiceLoader.load(Backend.class, Backends.class.getClassLoader()).forEach(b -> all.put(b.name(), b));
        return Collections.unmodifiableMap(all);
    }
}
