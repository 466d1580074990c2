package dev.lathe.runtime;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.tensor.Tensor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The help text of a compiled model's jar: what the model is, how to run it, how to call it from Java. */
final class ModelHelp {
    private final ModelJar jar;
    private final CompiledModel model;

    ModelHelp(ModelJar jar, CompiledModel model) {
        this.jar = jar;
        this.model = model;
    }

    String text() {
        String file = String.valueOf(jar.file().getFileName());
        return jar.name() + ", a model compiled by Lathe " + jar.version() + "\n"
                + ports("Inputs", model.inputs())
                + ports("Outputs", model.outputs())
                + dimensions()
                + "\nRun it:\n  java -jar " + file + example() + "\nInputs that are not given are random.\n"
                + "\nOptions:\n" + ModelOptions.HELP
                + "\nUse it from Java 25, with " + file + " on the class path:\n" + library()
                + "Start that program with java " + Machine.VECTOR_OPTION + "; without, it runs several times slower.\n"
                + "\nExit codes: 0 done, 1 a fault of the inputs, 2 a wrong option.\n";
    }

    private static String ports(String title, List<Port> ports) {
        int width = ports.stream().mapToInt(p -> p.name().length()).max().orElse(0);
        StringBuilder s = new StringBuilder("\n").append(title).append(":\n");
        for (Port p : ports) {
            s.append("  ").append(p.name()).append(" ".repeat(width - p.name().length() + 2));
            s.append(p.type()).append('\n');
        }
        return s.toString();
    }

    private String dimensions() {
        Set<String> symbols = new LinkedHashSet<>();
        model.inputs().forEach(p -> p.type().collectSymbols(symbols));
        return symbols.isEmpty() ? "" : "\nDimensions that each call chooses: " + String.join(", ", symbols) + "\n";
    }

    private String example() {
        return model.inputs().stream()
                .limit(2)
                .map(p -> " --input " + shellWord(p.name() + "=" + p.name() + ".npy"))
                .collect(Collectors.joining());
    }

    private static String shellWord(String word) {
        boolean plain = word.chars().allMatch(c -> Character.isLetterOrDigit(c) || "_-.=:/+,@%".indexOf(c) >= 0);
        return plain ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private String library() {
        Class<?> type = model.getClass();
        StringBuilder s = new StringBuilder();
        for (String name : new LinkedHashSet<>(List.of(type.getName(), Tensor.class.getName()))) {
            s.append("  import ").append(name.replace('$', '.')).append(";\n");
        }
        String simple = type.getSimpleName();
        s.append("  …\n  try (").append(simple).append(" model = ").append(simple);
        s.append(".load(0)) {  // 0: a thread for each processor\n");
        s.append("      ").append(typedMethod().map(ModelHelp::call).orElseGet(this::untypedCall));
        return s.append("\n  }\n").toString();
    }

    /** The method of the generated class that takes the inputs one by one. */
    private Optional<Method> typedMethod() {
        int inputs = model.inputs().size();
        return Arrays.stream(model.getClass().getDeclaredMethods())
                .filter(m -> Modifier.isPublic(m.getModifiers()) && !Modifier.isStatic(m.getModifiers()))
                .filter(m -> !m.isSynthetic() && m.getParameterCount() == inputs && inputs > 0)
                .filter(m -> m.getReturnType() != void.class)
                .min(Comparator.comparing(Method::getName));
    }

    private static String call(Method m) {
        List<String> arguments = new ArrayList<>();
        for (Parameter p : m.getParameters()) {
            arguments.add(p.getName());
        }
        return m.getReturnType().getSimpleName() + " result = model." + m.getName() + "("
                + String.join(", ", arguments) + ");"
                + Arrays.stream(m.getParameters())
                        .map(p -> p.getType().getSimpleName() + " " + p.getName())
                        .collect(Collectors.joining(", ", "  // ", ""));
    }

    private String untypedCall() {
        return "Map<String, Tensor> results = model.call(Map.of("
                + model.inputs().stream()
                        .map(p -> "\"" + p.name() + "\", Tensor.of(…)")
                        .collect(Collectors.joining(", "))
                + "));";
    }
}
