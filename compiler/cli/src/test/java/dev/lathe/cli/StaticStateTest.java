package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.Lathe;
import dev.lathe.backend.Backend;
import dev.lathe.backend.java.JavaBackend;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.ir.Graph;
import dev.lathe.passes.Pass;
import java.io.IOException;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What is compiled first must not change what is compiled next, so nothing remembers what the process did before.
 * Every static field outside the runtime of compiled models is final and holds what cannot be changed: unmodifiable
 * collections of the JDK, other objects of the JDK only of the classes in {@link #IMMUTABLE}, and objects of Lathe
 * with final fields that hold such things.
 */
class StaticStateTest {
    /** One class of each module. */
    private static final List<Class<?>> MODULES = List.of(
            Graph.class, OnnxImporter.class, Pass.class, Backend.class, JavaBackend.class, Lathe.class, Main.class);

    /** The runtime keeps one pool of threads for a process; it is shared, and gives no answers. */
    private static final String RUNTIME = "dev.lathe.runtime.";

    /** Packages of the JDK whose classes cannot be changed, and single ones. */
    private static final List<String> IMMUTABLE = List.of(
            "java.lang.Boolean",
            "java.lang.Byte",
            "java.lang.Character",
            "java.lang.Class",
            "java.lang.Double",
            "java.lang.Float",
            "java.lang.Integer",
            "java.lang.Long",
            "java.lang.Short",
            "java.lang.ScopedValue",
            "java.lang.String",
            "java.lang.invoke.",
            "java.awt.Color",
            "java.math.Big",
            "java.net.URI",
            "java.nio.charset.",
            "java.time.",
            "java.util.Collections$Empty",
            "java.util.Collections$Unmodifiable",
            "java.util.ImmutableCollections$",
            "java.util.Optional",
            "java.util.jar.Attributes$Name",
            "java.util.regex.Pattern",
            "jdk.internal.foreign.layout.",
            "sun.nio.cs.");

    private static final List<Class<?>> BASES = List.of(Object.class, Record.class, Enum.class);

    private static final String NUMBERS = "an array of numbers that no method writes";
    private static final String ONCE = "filled before the class or the object can be seen, and only read from then on";

    /**
     * Static fields, and fields of objects that these hold, which can or could change, and why they are no memory of
     * the process.
     */
    private static final Map<String, String> EXCEPTIONS = Map.ofEntries(
            Map.entry("dev.lathe.backend.java.SourceCompiler.WARM", "whether javac was loaded; changes when, not what"),
            Map.entry("dev.lathe.backend.java.SourceCompiler.MANAGERS", "javac's view of the class path and the JDK"),
            Map.entry("dev.lathe.cli.OcrDemo.WIDTHS", NUMBERS),
            Map.entry("dev.lathe.compress.Energy.COUNTERS", "a path"),
            Map.entry("dev.lathe.demo.AnnotatedPage.COLORS", NUMBERS),
            Map.entry("dev.lathe.demo.TextDetector.MEAN", NUMBERS),
            Map.entry("dev.lathe.demo.TextDetector.DEVIATION", NUMBERS),
            Map.entry("dev.lathe.demo.TextDirection.HALF", NUMBERS),
            Map.entry("dev.lathe.demo.TextRecognizer.HALF", NUMBERS),
            Map.entry("dev.lathe.frontend.onnx.write.ModelNames.FORMAT", ONCE),
            Map.entry("dev.lathe.frontend.onnx.write.Exports.byClass", ONCE),
            Map.entry("dev.lathe.frontend.onnx.write.Exports.conditions", ONCE),
            Map.entry("dev.lathe.frontend.onnx.write.Exports.joints", ONCE),
            Map.entry("dev.lathe.frontend.onnx.write.Exports.neverExpanded", ONCE),
            Map.entry("dev.lathe.frontend.onnx.ops.OperatorTypes.GROUPS", ONCE),
            Map.entry("dev.lathe.frontend.onnx.node.Operators.byName", ONCE),
            Map.entry("dev.lathe.ir.op.OpSchema.CACHE", "by class of op, and says only what that class says"),
            Map.entry("dev.lathe.ir.op.OpSchema$Component.type", "a type as reflection gives it"),
            Map.entry("dev.lathe.ir.tensor.Npy.MAGIC", NUMBERS),
            Map.entry("dev.lathe.passes.Statistics.NONE", "has nothing"),
            Map.entry("dev.lathe.passes.Statistics.turns", ONCE),
            Map.entry("dev.lathe.passes.prune.Candidates$Unit.LEAST_FIRST", "an order"),
            Map.entry("dev.lathe.ir.type.Dim.terms", ONCE),
            Map.entry("dev.lathe.ir.type.Dim.lower", "found from the terms when it is asked for"),
            Map.entry("dev.lathe.ir.type.Dim.upper", "found from the terms when it is asked for"),
            Map.entry("dev.lathe.ir.type.Dim.text", "made of the terms when it is asked for"),
            Map.entry("dev.lathe.ir.type.ElementType.BY_TEXT", ONCE));

    private final Set<String> excepted = new TreeSet<>();

    @Test
    void noClassOutsideTheRuntimeHasStaticMutableState() throws Exception {
        List<String> problems = new ArrayList<>();
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        int fields = 0;
        for (Class<?> type : classes()) {
            for (Field f : type.getDeclaredFields()) {
                if (!Modifier.isStatic(f.getModifiers()) || f.isSynthetic()) {
                    continue;
                }
                fields++;
                mutable(f, null, seen).ifPresent(how -> problems.add(name(f) + " " + how));
            }
        }
        assertThat(problems).isEmpty();
        assertThat(excepted).as("exceptions that are needed").isEqualTo(EXCEPTIONS.keySet());
        assertThat(fields).isGreaterThan(300);
    }

    private static String name(Field f) {
        return f.getDeclaringClass().getName() + "." + f.getName();
    }

    /** How a field, of {@code owner} if it is not static, or what it holds could be changed. */
    private Optional<String> mutable(Field f, @Nullable Object owner, Set<Object> seen) throws IllegalAccessException {
        Optional<String> how;
        if (!Modifier.isFinal(f.getModifiers())) {
            how = Optional.of("is not final");
        } else if (f.getType().isPrimitive()) {
            how = Optional.empty();
        } else {
            f.setAccessible(true);
            how = mutable(f.get(owner), seen);
        }
        if (how.isPresent() && EXCEPTIONS.containsKey(name(f))) {
            excepted.add(name(f));
            return Optional.empty();
        }
        return how;
    }

    private Optional<String> mutable(@Nullable Object value, Set<Object> seen) throws IllegalAccessException {
        if (value == null || !seen.add(value)) {
            return Optional.empty();
        }
        Class<?> type = value.getClass();
        if (type.isArray()) {
            return Array.getLength(value) == 0 ? Optional.empty() : Optional.of("is or holds an array");
        }
        if (IMMUTABLE.stream().anyMatch(type.getName()::startsWith)) {
            return ofItems(value, seen);
        }
        if (!type.getName().startsWith("dev.lathe.")) {
            return Optional.of("is or holds a " + type.getName());
        }
        for (Class<?> c = type; !BASES.contains(c); c = c.getSuperclass()) {
            if (!c.getName().startsWith("dev.lathe.")) {
                return Optional.of("is a " + c.getName());
            }
            for (Field f : c.getDeclaredFields()) {
                Optional<String> how = Modifier.isStatic(f.getModifiers()) ? Optional.empty() : mutable(f, value, seen);
                if (how.isPresent()) {
                    return Optional.of("holds " + name(f) + ", which " + how.get());
                }
            }
        }
        return Optional.empty();
    }

    private Optional<String> ofItems(Object value, Set<Object> seen) throws IllegalAccessException {
        List<Object> items = new ArrayList<>();
        switch (value) {
            case Collection<?> c -> items.addAll(c);
            case Map<?, ?> m -> {
                items.addAll(m.keySet());
                items.addAll(m.values());
            }
            case Optional<?> o -> o.ifPresent(items::add);
            default -> {}
        }
        for (Object item : items) {
            Optional<String> inside = mutable(item, seen);
            if (inside.isPresent()) {
                return inside;
            }
        }
        return Optional.empty();
    }

    private static List<Class<?>> classes() throws IOException, URISyntaxException, ClassNotFoundException {
        Set<String> names = new TreeSet<>();
        for (Class<?> one : MODULES) {
            Path place = Path.of(
                    one.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (Files.isDirectory(place)) {
                collect(place, names);
            } else {
                try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + place.toUri()), Map.of())) {
                    collect(jar.getPath("/"), names);
                }
            }
        }
        List<Class<?>> all = new ArrayList<>();
        for (String name : names) {
            all.add(Class.forName(name));
        }
        return all;
    }

    private static void collect(Path root, Set<String> names) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            files.map(p -> root.relativize(p).toString().replace('\\', '/'))
                    .filter(p -> p.startsWith("dev/lathe/") && p.endsWith(".class") && !p.endsWith("-info.class"))
                    .map(p -> p.substring(0, p.length() - ".class".length()).replace('/', '.'))
                    .filter(p -> !p.startsWith(RUNTIME))
                    .forEach(names::add);
        }
    }
}
