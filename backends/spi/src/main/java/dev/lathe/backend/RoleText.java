package dev.lathe.backend;

import dev.lathe.ir.InputRole;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What inputs mean, as text: a line for each, of its name, a word and numbers or keys; names are URL-encoded. */
public final class RoleText {
    private RoleText() {}

    public static String of(Map<String, InputRole> roles) {
        StringBuilder s = new StringBuilder();
        new TreeMap<>(roles)
                .forEach((name, role) -> s.append(encoded(name))
                        .append(' ')
                        .append(
                                switch (role) {
                                    case InputRole.Any _ -> "any";
                                    case InputRole.Mask _ -> "mask";
                                    case InputRole.Index(long size) -> "index " + size;
                                    case InputRole.Choice(long value) -> "choice " + value;
                                    case InputRole.Keys(List<Object> keys) -> "keys" + keys(keys);
                                })
                        .append('\n'));
        return s.toString();
    }

    private static String keys(List<Object> keys) {
        StringBuilder s = new StringBuilder();
        keys.forEach(k -> s.append(k instanceof Long n ? " " + n : " =" + encoded(String.valueOf(k))));
        return s.toString();
    }

    public static Map<String, InputRole> parse(String text) {
        Map<String, InputRole> roles = new HashMap<>();
        text.lines().forEach(line -> {
            String[] words = line.split(" ");
            roles.put(
                    decoded(words[0]),
                    switch (words[1]) {
                        case "mask" -> InputRole.MASK;
                        case "index" -> new InputRole.Index(Long.parseLong(words[2]));
                        case "choice" -> new InputRole.Choice(Long.parseLong(words[2]));
                        case "keys" -> new InputRole.Keys(keys(Arrays.copyOfRange(words, 2, words.length)));
                        default -> InputRole.ANY;
                    });
        });
        return roles;
    }

    private static List<Object> keys(String[] words) {
        List<Object> keys = new ArrayList<>();
        for (String word : words) {
            keys.add(word.startsWith("=") ? decoded(word.substring(1)) : (Object) Long.valueOf(word));
        }
        return keys;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
