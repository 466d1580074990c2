package dev.lathe.passes;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Options that are the components of a record: those of a pass, and those of a target. */
public final class Options {

    /** An option as help texts show it. */
    public record Description(String name, String type, String defaultValue, String text) {}

    private Options() {}

    /** The options that {@code of} has, with its present values as defaults. */
    public static List<Description> describe(Object of) {
        List<Description> all = new ArrayList<>();
        for (RecordComponent c : components(of)) {
            Option doc = c.getAnnotation(Option.class);
            all.add(new Description(
                    optionName(c), typeText(c.getType()), text(get(of, c)), doc == null ? "" : doc.value()));
        }
        return all;
    }

    /**
     * A record with some options replaced.
     *
     * @param owner what errors call it, such as {@code pass dead-code}
     * @throws LatheException of the user's fault, {@code usage.option}, if there is no such option or value
     */
    @SuppressWarnings("unchecked") // a constructor makes what its class says
    public static <T> T configure(String owner, T defaults, Map<String, String> options) {
        if (options.isEmpty()) {
            return defaults;
        }
        RecordComponent[] components = components(defaults);
        LinkedHashMap<String, String> unknown = new LinkedHashMap<>(options);
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String text = unknown.remove(optionName(components[i]));
            values[i] = text == null ? get(defaults, components[i]) : parse(owner, components[i], text);
        }
        if (!unknown.isEmpty()) {
            List<String> names =
                    Arrays.stream(components).map(Options::optionName).toList();
            throw usage(
                    owner + " has no option " + String.join(", ", unknown.keySet()),
                    components.length == 0
                            ? "it takes none"
                            : Suggestion.of(unknown.firstEntry().getKey(), names) + "it has "
                                    + String.join(", ", names));
        }
        try {
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            return (T) defaults.getClass().getConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            if (e.getCause() instanceof LatheException told) {
                throw told;
            }
            if (e.getCause() instanceof IllegalArgumentException bad) {
                throw usage(owner + ": " + bad.getMessage(), "correct the option");
            }
            throw new IllegalStateException(defaults.getClass().getName() + " must be a public record", e);
        }
    }

    /** The pass as text, with the options that differ from its defaults. */
    static PassSpec spec(Pass pass) {
        Map<String, String> options = new LinkedHashMap<>();
        Pass defaults = null;
        for (RecordComponent c : components(pass)) {
            defaults = defaults == null ? defaultsOf(pass) : defaults;
            if (defaults == null || !get(pass, c).equals(get(defaults, c))) {
                options.put(optionName(c), text(get(pass, c)));
            }
        }
        return new PassSpec(pass.name(), options);
    }

    private static @Nullable Pass defaultsOf(Pass pass) {
        try {
            return pass.getClass().getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            return null; // such a pass can only be made by code, so every value is told
        }
    }

    private static RecordComponent[] components(Object of) {
        return of.getClass().isRecord() ? of.getClass().getRecordComponents() : new RecordComponent[0];
    }

    private static String optionName(RecordComponent c) {
        return c.getName().replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }

    private static Object get(Object of, RecordComponent c) {
        try {
            return c.getAccessor().invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(of.getClass().getName() + " must be a public record", e);
        }
    }

    private static String text(Object value) {
        return value instanceof Enum<?> e ? e.name().toLowerCase(Locale.ROOT) : value.toString();
    }

    private static String typeText(Class<?> type) {
        return type.isEnum()
                ? String.join(
                        "|",
                        Arrays.stream(type.getEnumConstants())
                                .map(Options::text)
                                .toList())
                : type.getSimpleName().toLowerCase(Locale.ROOT);
    }

    private static Object parse(String owner, RecordComponent c, String text) {
        Class<?> type = c.getType();
        try {
            if (type.isEnum()) {
                return Arrays.stream(type.getEnumConstants())
                        .filter(e -> text(e).equals(text.toLowerCase(Locale.ROOT)))
                        .findFirst()
                        .orElseThrow(IllegalArgumentException::new);
            }
            return switch (type.getName()) {
                case "boolean" -> parseBoolean(text);
                case "int" -> Integer.parseInt(text);
                case "long" -> Long.parseLong(text);
                case "double" -> Double.parseDouble(text);
                case "java.lang.String" -> text;
                case "java.nio.file.Path" -> java.nio.file.Path.of(text);
                default ->
                    throw new IllegalStateException("option " + optionName(c) + " of " + owner + " has type "
                            + type.getName() + ", which has no text form");
            };
        } catch (IllegalArgumentException e) {
            throw usage(
                    "option " + optionName(c) + " of " + owner + " cannot be " + text,
                    Suggestion.of(text, List.of(typeText(type).split("\\|")))
                            + (type.isEnum() || type == boolean.class ? "give " : "give a value of type ")
                            + values(type));
        }
    }

    /** What an option of a type can be, in words. */
    private static String values(Class<?> type) {
        if (type == boolean.class) {
            return "true or false";
        }
        return type.isEnum() ? String.join(" or ", typeText(type).split("\\|")) : typeText(type);
    }

    private static boolean parseBoolean(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.option", what, fix)));
    }
}
