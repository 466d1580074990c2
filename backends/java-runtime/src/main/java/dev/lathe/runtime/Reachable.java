package dev.lathe.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds the classes of Lathe, and of the libraries that these use, that others use: by what their class files name,
 * and, where one is a service, by the file that names its providers.
 */
final class Reachable {
    /** The packages of libraries, each with the license that goes with its classes. */
    private static final Map<String, String> LIBRARIES = Map.of(
            "com/google/re2j", "META-INF/licenses/re2j.txt",
            "org/antlr/v4/runtime", "META-INF/licenses/antlr4.txt");

    private static final Pattern NAME =
            Pattern.compile("(?:dev/lathe|" + String.join("|", LIBRARIES.keySet()) + ")/[A-Za-z0-9_/$]+");

    private Reachable() {}

    /** The class files by path, of all that {@code classes} and {@code roots} lead to; not these themselves. */
    static Map<String, byte[]> from(Collection<byte[]> classes, List<String> roots, ClassLoader loader)
            throws IOException {
        Map<String, byte[]> found = new TreeMap<>();
        Deque<byte[]> open = new ArrayDeque<>(classes);
        for (String root : roots) {
            add(root.replace('.', '/'), found, open, loader);
        }
        while (!open.isEmpty()) {
            ClassModel model = ClassFile.of().parse(open.pop());
            // That a sealed interface permits a class is no use of it; what its methods do is.
            Set<String> permitted = model.findAttribute(Attributes.permittedSubclasses())
                    .map(a -> a.permittedSubclasses().stream()
                            .map(ClassEntry::asInternalName)
                            .collect(Collectors.toSet()))
                    .orElse(Set.of());

            if (!permitted.isEmpty()) {
                permitted.removeAll(usedByMethods(model));
            }
            for (PoolEntry entry : model.constantPool()) {
                String text = switch (entry) {
                    case ClassEntry c -> c.asInternalName();
                    case Utf8Entry u -> u.stringValue();
                    default -> "";
                };
                Matcher m = NAME.matcher(text);
                while (m.find()) {
                    if (!permitted.contains(m.group())) {
                        add(m.group(), found, open, loader);
                    }
                }
            }
        }
        for (Map.Entry<String, String> library : LIBRARIES.entrySet()) {
            if (found.keySet().stream().anyMatch(path -> path.startsWith(library.getKey()))) {
                try (InputStream in = loader.getResourceAsStream(library.getValue())) {
                    found.put(library.getValue(), in == null ? new byte[0] : in.readAllBytes());
                }
            }
        }
        return found;
    }

    /** The classes that instructions of a class make, test for, call or read. */
    private static Set<String> usedByMethods(ClassModel model) {
        Set<String> used = new HashSet<>();
        for (MethodModel method : model.methods()) {
            for (CodeElement e : method.code().map(CodeModel::elementList).orElse(List.of())) {
                switch (e) {
                    case NewObjectInstruction n -> used.add(n.className().asInternalName());
                    case TypeCheckInstruction t -> used.add(t.type().asInternalName());
                    case InvokeInstruction i -> used.add(i.owner().asInternalName());
                    case FieldInstruction f -> used.add(f.owner().asInternalName());
                    default -> {}
                }
            }
        }
        return used;
    }

    private static void add(String name, Map<String, byte[]> found, Deque<byte[]> open, ClassLoader loader)
            throws IOException {
        String path = name + ".class";
        if (found.containsKey(path)) {
            return;
        }
        try (InputStream in = loader.getResourceAsStream(path)) {
            if (in != null) {
                byte[] bytes = in.readAllBytes();
                found.put(path, bytes);
                open.push(bytes);
                providers(name, found, open, loader);
            }
        }
    }

    /** Adds who provides a service, and the file that says so. */
    private static void providers(String name, Map<String, byte[]> found, Deque<byte[]> open, ClassLoader loader)
            throws IOException {
        String path = "META-INF/services/" + name.replace('/', '.');
        try (InputStream in = loader.getResourceAsStream(path)) {
            if (in != null) {
                byte[] bytes = in.readAllBytes();
                found.put(path, bytes);
                for (String provider : new String(bytes, StandardCharsets.UTF_8).split("\n")) {
                    add(provider.strip().replace('.', '/'), found, open, loader);
                }
            }
        }
    }
}
