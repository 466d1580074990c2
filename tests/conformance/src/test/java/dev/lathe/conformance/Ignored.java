package dev.lathe.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A test that is not run: a line {@code name | modes or all | reason} of {@code ignored.txt}. */
public record Ignored(String name, Set<ModelForm> modes, String reason) {

    /** The first of {@code all} that names {@code test} in {@code mode}. */
    public static Optional<Ignored> find(List<Ignored> all, String test, ModelForm mode) {
        return all.stream()
                .filter(i -> i.name.equals(test) && i.modes.contains(mode))
                .findFirst();
    }

    /** The lines of a resource of this package. */
    public static List<Ignored> read(String resource) {
        try (InputStream in = Ignored.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing");
            }
            List<Ignored> all = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    all.add(parse(line));
                }
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Ignored parse(String line) {
        String[] parts = line.split("\\|");
        if (parts.length != 3 || parts[2].isBlank()) {
            throw new IllegalStateException("not \"name | modes | reason\": " + line);
        }
        Set<ModelForm> modes = EnumSet.noneOf(ModelForm.class);
        for (String mode : parts[1].strip().split("\\s+")) {
            if (mode.equals("all")) {
                modes.addAll(EnumSet.allOf(ModelForm.class));
            } else {
                modes.add(ModelForm.valueOf(mode));
            }
        }
        return new Ignored(parts[0].strip(), modes, parts[2].strip());
    }
}
