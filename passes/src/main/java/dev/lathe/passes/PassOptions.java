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

/** Reads the options of a pass off its record. */
public final class PassOptions {

    /** An option as {@code lathe passes} shows it. */
    public record Description(String name, String type, String defaultValue, String text) {}

    private PassOptions() {}

    /** The options of a pass with its present values as defaults. */
    public static List<Description> describe(Pass pass) {
        List<Description> all = new ArrayList<>();
        for (RecordComponent c : components(pass)) {
            Option doc = c.getAnnotation(Option.class);
            all.add(new Description(
                    optionName(c), typeText(c.getType()), text(get(pass, c)), doc == null ? "" : doc.value()));
        }
        return all;
    }

    /** The pass with some options replaced. */
    static Pass configure(Pass defaults, Map<String, String> options) {
        if (options.isEmpty()) {
            return defaults;
        }
        RecordComponent[] components = components(defaults);
        LinkedHashMap<String, String> unknown = new LinkedHashMap<>(options);
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String text = unknown.remove(optionName(components[i]));
            values[i] = text == null ? get(defaults, components[i]) : parse(defaults, components[i], text);
        }
        if (!unknown.isEmpty()) {
            List<String> names =
                    Arrays.stream(components).map(PassOptions::optionName).toList();
            throw usage(
                    "pass " + defaults.name() + " has no option " + String.join(", ", unknown.keySet()),
                    components.length == 0
                            ? "it takes none"
                            : Suggestion.of(unknown.firstEntry().getKey(), names) + "it has "
                                    + String.join(", ", names));
        }
        try {
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            return (Pass) defaults.getClass().getConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            if (e.getCause() instanceof IllegalArgumentException bad) {
                throw usage("pass " + defaults.name() + ": " + bad.getMessage(), "correct the option");
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

    private static RecordComponent[] components(Pass pass) {
        return pass.getClass().isRecord() ? pass.getClass().getRecordComponents() : new RecordComponent[0];
    }

    private static String optionName(RecordComponent c) {
        return c.getName().replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }

    private static Object get(Pass pass, RecordComponent c) {
        try {
            return c.getAccessor().invoke(pass);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(pass.getClass().getName() + " must be a public record", e);
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
                                .map(PassOptions::text)
                                .toList())
                : type.getSimpleName().toLowerCase(Locale.ROOT);
    }

    private static Object parse(Pass pass, RecordComponent c, String text) {
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
                    throw new IllegalStateException("option " + optionName(c) + " of " + pass.name() + " has type "
                            + type.getName() + ", which has no text form");
            };
        } catch (IllegalArgumentException e) {
            throw usage(
                    "option " + optionName(c) + " of pass " + pass.name() + " cannot be " + text,
                    "give a value of type " + typeText(type));
        }
    }

    private static boolean parseBoolean(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("pass.option", what, fix)));
    }
}
