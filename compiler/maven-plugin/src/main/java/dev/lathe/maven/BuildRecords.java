package dev.lathe.maven;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What earlier builds of a module made of its models: a file for each model.
 *
 * @param folder where the files are
 * @param output where the results are
 * @param classes where the module's own build copies or compiles the results to
 */
record BuildRecords(Path folder, CompilerProcess.Output output, Path classes) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ENDING = ".json";
    private static final String PART = ".part";

    /**
     * A model as it was compiled.
     *
     * @param name of the model
     * @param fingerprint of all that the files depend on
     * @param sources files in the folder of sources, relative to it
     * @param resources files in the folder of resources, relative to it
     */
    record Built(String name, String fingerprint, List<String> sources, List<String> resources) {}

    /** The record of a result whose files are these. */
    Built built(String name, String fingerprint, List<Path> files) {
        return new Built(name, fingerprint, relative(output.sources(), files), relative(output.resources(), files));
    }

    private static List<String> relative(Path root, List<Path> files) {
        return files.stream()
                .filter(file -> file.startsWith(root))
                .map(file -> root.relativize(file).toString())
                .toList();
    }

    /** The record of a model; empty if there is none, or one of its files is missing. */
    Optional<Built> find(String name) throws IOException {
        Path file = file(name);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Built built = JSON.readValue(file.toFile(), Built.class);
        boolean whole = built.sources().stream()
                        .allMatch(f -> Files.exists(output.sources().resolve(f)))
                && built.resources().stream()
                        .allMatch(f -> Files.exists(output.resources().resolve(f)));
        return whole ? Optional.of(built) : Optional.empty();
    }

    /** Keeps a record, and removes the files of an earlier one of that model that it does not have. */
    void put(Built built) throws IOException {
        Path file = file(built.name());
        if (Files.exists(file)) {
            remove(JSON.readValue(file.toFile(), Built.class), List.of(built));
        }
        Files.createDirectories(folder);
        Path beside = folder.resolve(file.getFileName() + PART);
        JSON.writeValue(beside.toFile(), built);
        Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
    }

    /** All records. */
    List<Built> all() throws IOException {
        List<Built> all = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(ENDING)).toList()) {
                    all.add(JSON.readValue(file.toFile(), Built.class));
                }
            }
        }
        return all;
    }

    /** Removes what was made of models that are not there any more; the names of these. */
    List<String> keep(Set<String> names) throws IOException {
        List<Built> all = all();
        List<Built> kept = all.stream().filter(b -> names.contains(b.name())).toList();
        List<String> removed = new ArrayList<>();
        for (Built built : all) {
            if (!names.contains(built.name())) {
                remove(built, kept);
                Files.deleteIfExists(file(built.name()));
                removed.add(built.name());
            }
        }
        return removed;
    }

    /** Removes a record and its files. */
    void drop(Built built) throws IOException {
        remove(built, List.of());
        Files.deleteIfExists(file(built.name()));
    }

    /** Removes what a compiler that was killed was writing: a file that becomes another when it is whole. */
    void removeParts() throws IOException {
        for (Path root : List.of(output.sources(), output.resources())) {
            if (Files.isDirectory(root)) {
                try (Stream<Path> files = Files.walk(root)) {
                    for (Path file : files.filter(BuildRecords::isPart).toList()) {
                        Files.delete(file);
                    }
                }
            }
        }
    }

    private static boolean isPart(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith(".") && name.endsWith(PART) && Files.isRegularFile(file);
    }

    private void remove(Built built, List<Built> kept) throws IOException {
        Set<String> sources = new HashSet<>();
        Set<String> resources = new HashSet<>();
        for (Built other : kept) {
            sources.addAll(other.sources());
            resources.addAll(other.resources());
        }
        for (String source : built.sources()) {
            if (!sources.contains(source)) {
                Files.deleteIfExists(inside(output.sources(), source));
                Files.deleteIfExists(inside(classes, source.replaceAll("\\.java$", ".class")));
            }
        }
        for (String resource : built.resources()) {
            if (!resources.contains(resource)) {
                Files.deleteIfExists(inside(output.resources(), resource));
                Files.deleteIfExists(inside(classes, resource));
            }
        }
    }

    private static Path inside(Path root, String relative) throws IOException {
        Path file = root.resolve(relative).normalize();
        if (!file.startsWith(root)) {
            throw new IOException("a record of an earlier build names " + file + "; run mvn clean");
        }
        return file;
    }

    private Path file(String name) {
        return folder.resolve(new Fingerprint().add(name).text().substring(0, 16) + ENDING);
    }
}
