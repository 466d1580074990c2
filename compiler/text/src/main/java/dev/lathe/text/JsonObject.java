package dev.lathe.text;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.tokenizers.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * An object of a configuration file. A member that is missing or null is absent; one of another type than asked for is
 * a fault of the file.
 *
 * @param name of the file, with the place in it
 */
record JsonObject(String name, Map<?, ?> members) {
    private static final String CODE = "text.config";

    static JsonObject parse(byte[] bytes, String name) {
        return of(value(bytes, name), name);
    }

    /** The objects of an array. */
    static List<JsonObject> parseAll(byte[] bytes, String name) {
        if (!(value(bytes, name) instanceof List<?> all)) {
            throw wrong(name, "an array");
        }
        return all.stream().map(o -> of(o, name)).toList();
    }

    private static @Nullable Object value(byte[] bytes, String name) {
        try {
            return Json.parse(bytes);
        } catch (IllegalArgumentException e) {
            throw TextFaults.model(CODE, name + " is no JSON: " + e.getMessage(), "fetch the file again");
        }
    }

    private static JsonObject of(@Nullable Object value, String name) {
        if (value instanceof Map<?, ?> members) {
            return new JsonObject(name, members);
        }
        throw wrong(name, "an object");
    }

    private static LatheException wrong(String name, String expected) {
        return TextFaults.model(CODE, name + " is not " + expected, "take the file that came with the model");
    }

    private String at(String member) {
        return name + ": " + member;
    }

    Optional<JsonObject> object(String member) {
        return Optional.ofNullable(members.get(member)).map(v -> of(v, at(member)));
    }

    Optional<String> text(String member) {
        return Optional.ofNullable(members.get(member)).map(v -> {
            if (v instanceof String s) {
                return s;
            }
            throw wrong(at(member), "a text");
        });
    }

    /** Whether a member is true; {@code otherwise} if it is absent. */
    boolean isTrue(String member, boolean otherwise) {
        return switch (members.get(member)) {
            case null -> otherwise;
            case Boolean b -> b;
            default -> throw wrong(at(member), "true or false");
        };
    }

    /** A whole number from {@code least} on; absent if it is so large that it stands for no limit, as in some files. */
    OptionalInt number(String member, int least) {
        return switch (members.get(member)) {
            case null -> OptionalInt.empty();
            case Long n when n >= least -> n > Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(n.intValue());
            case Double d when d > Integer.MAX_VALUE -> OptionalInt.empty();
            default -> throw wrong(at(member), "a whole number from " + least + " on");
        };
    }

    /** A text, or several in an array. */
    List<String> texts(String member) {
        return switch (members.get(member)) {
            case null -> List.of();
            case String s -> List.of(s);
            case List<?> all
            when all.stream().allMatch(String.class::isInstance) ->
                all.stream().map(String.class::cast).toList();
            default -> throw wrong(at(member), "a text or texts");
        };
    }

    /** The members that are texts, in the order of the file. */
    Map<String, String> allTexts() {
        Map<String, String> all = new LinkedHashMap<>();
        members.forEach((member, value) -> {
            if (value instanceof String s) {
                all.put(String.valueOf(member), s);
            } else if (value != null) {
                throw wrong(at(String.valueOf(member)), "a text");
            }
        });
        return all;
    }
}
