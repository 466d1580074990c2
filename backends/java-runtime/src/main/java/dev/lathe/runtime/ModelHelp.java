package dev.lathe.runtime;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The help text of a compiled model's jar: what the model is, how to run it, how to call it from Java. */
final class ModelHelp {
    private final ModelJar jar;
    private final ConcurrentModel model;
    /** The static method that opens the model. */
    private final Method opener;

    ModelHelp(ModelJar jar, ConcurrentModel model) {
        this.jar = jar;
        this.model = model;
        this.opener = jar.opener();
    }

    String text() {
        String file = String.valueOf(jar.file().getFileName());
        return jar.name() + ", a model compiled by Lathe " + jar.version() + "\n"
                + ports("Inputs", model.inputs())
                + ports("Outputs", model.outputs())
                + dimensions()
                + "\nRun it:\n  java -jar " + file + example()
                + "\nInputs that are not given are random, masks ones, optional ones absent.\n"
                + "\nOptions:\n" + ModelOptions.HELP
                + "\nUse it from Java 25, with " + file + " on the class path:\n" + library()
                + (model.jvmOption().isEmpty()
                        ? ""
                        : "Start that program with java " + model.jvmOption()
                                + "; without, it runs several times slower.\n")
                + "\nExit codes: 0 done, 1 a fault of the inputs, 2 a wrong option, 3 no device for the model.\n";
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
        Class<?> type = opener.getDeclaringClass();
        String simple = type.getSimpleName();
        Optional<Method> method = typedMethod();
        List<String> names = method.map(ModelHelp::parameterNames).orElseGet(this::inputVariables);
        StringBuilder s = new StringBuilder();
        s.append("  try (")
                .append(opener.getReturnType().getSimpleName())
                .append(" model = ")
                .append(simple);
        s.append(".load(0)) {  // 0: a thread for each processor\n");
        for (int i = 0; i < names.size(); i++) {
            Port port = model.inputs().get(i);
            s.append("      ").append(declaration(names.get(i), port.type())).append("  // ");
            s.append(port.name()).append(": ").append(port.type()).append('\n');
        }
        s.append("      ").append(method.map(m -> call(m, names)).orElseGet(() -> untypedCall(names)));
        s.append("\n  }\n");
        return imports(type, s) + "  ...\n" + s;
    }

    /** The imports of what {@code code} uses. */
    private static String imports(Class<?> model, CharSequence code) {
        return Stream.of(model, Executable.class, Datum.class, Tensor.class, ElementType.class, Map.class)
                .filter(c -> Pattern.compile("\\b" + c.getSimpleName() + "\\b")
                        .matcher(code)
                        .find())
                .map(c -> "  import " + c.getName() + ";\n")
                .collect(Collectors.joining());
    }

    private static String declaration(String name, Type type) {
        return switch (type) {
            case TensorType t -> declaration(name, t);
            case SequenceType _ -> "Datum.Sequence " + name + " = ...;";
            case MapType(ElementType key, TensorType value) ->
                "Datum.Mapping " + name + " = Datum.Mapping.of(ElementType." + key.name() + ", ElementType."
                        + value.element().name() + ", Map.of(...));";
            case MapType _ -> "Datum.Mapping " + name + " = ...;";
            case OptionalType _ -> "Datum " + name + " = ...;";
        };
    }

    private static String declaration(String name, TensorType t) {
        String dims =
                t.isRanked() ? t.shape().dims().stream().map(d -> ", " + d).collect(Collectors.joining()) : ", ...";
        String made = switch (t.element()) {
            case F32 -> "of(new float[] {...}";
            case F64 -> "of(new double[] {...}";
            case I64 -> "of(new long[] {...}";
            case I32 -> "of(new int[] {...}";
            case BOOL -> "of(new boolean[] {...}";
            case STRING -> "ofStrings(new String[] {...}";
            case F16, BF16, I16, U16 -> "of(ElementType." + t.element().name() + ", new short[] {...}";
            default -> "of(ElementType." + t.element().name() + ", new byte[] {...}";
        };
        return "Tensor " + name + " = Tensor." + made + dims + ");";
    }

    /** The method of the generated class that takes the inputs one by one. */
    private Optional<Method> typedMethod() {
        int inputs = model.inputs().size();
        return Arrays.stream(opener.getDeclaringClass().getDeclaredMethods())
                .filter(m -> Modifier.isPublic(m.getModifiers()) && !Modifier.isStatic(m.getModifiers()))
                .filter(m -> !m.isSynthetic() && m.getParameterCount() == inputs && inputs > 0)
                .filter(m -> m.getReturnType() != void.class)
                .min(Comparator.comparing(Method::getName));
    }

    private static List<String> parameterNames(Method m) {
        return Arrays.stream(m.getParameters()).map(Parameter::getName).toList();
    }

    private List<String> inputVariables() {
        return IntStream.range(0, model.inputs().size()).mapToObj(i -> "x" + i).toList();
    }

    private static String call(Method m, List<String> arguments) {
        String type = m.getGenericReturnType()
                .getTypeName()
                .replaceAll("[a-z][A-Za-z0-9]*\\.", "")
                .replace('$', '.');
        return type + " result = model." + m.getName() + "(" + String.join(", ", arguments) + ");";
    }

    private String untypedCall(List<String> arguments) {
        return "Map<String, Datum> results = model.run(Map.of("
                + IntStream.range(0, arguments.size())
                        .mapToObj(i -> "\"" + model.inputs().get(i).name() + "\", " + arguments.get(i))
                        .collect(Collectors.joining(", "))
                + "));";
    }
}
