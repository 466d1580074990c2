package dev.lathe.data;

import dev.lathe.compress.Dataset;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** A folder with a file for each call, or with such a folder for each class. */
final class Folder {
    private Folder() {}

    /** @param inputs the inputs that files hold */
    static Dataset read(Path folder, Function<List<String>, Map<String, Datum>> inputs) {
        List<Path> classes = list(folder, Files::isDirectory);
        List<Path> own = list(folder, Files::isRegularFile);
        if (classes.isEmpty() || !own.isEmpty()) {
            List<Path> files = new ArrayList<>(own);
            classes.forEach(c -> files.addAll(list(c, Files::isRegularFile)));
            requireSome(files, folder);
            return Dataset.of(
                    files.size(), i -> inputs.apply(List.of(files.get(i).toString())));
        }
        boolean numbers = classes.stream().allMatch(c -> name(c).matches("\\d{1,9}"));
        List<List<Path>> samples =
                classes.stream().map(c -> list(c, Files::isRegularFile)).toList();
        List<Path> files = new ArrayList<>();
        List<Long> labels = new ArrayList<>();
        int most = samples.stream().mapToInt(List::size).max().orElse(0);
        // One of each class in turn, so that the first ones are of all classes.
        for (int i = 0; i < most; i++) {
            for (int c = 0; c < classes.size(); c++) {
                if (i < samples.get(c).size()) {
                    files.add(samples.get(c).get(i));
                    labels.add(numbers ? Long.parseLong(name(classes.get(c))) : c);
                }
            }
        }
        requireSome(files, folder);
        return Dataset.of(
                files.size(),
                i -> inputs.apply(List.of(files.get(i).toString())),
                i -> Optional.of(Tensor.vector(labels.get(i))));
    }

    private static String name(Path p) {
        return p.getFileName().toString();
    }

    private static void requireSome(List<Path> files, Path folder) {
        if (files.isEmpty()) {
            throw DataReader.bad(
                    "there is no file in " + folder,
                    "give a folder with a file for each call, or with a folder of images for each class");
        }
    }

    /** Sorted; hidden files are no data. */
    private static List<Path> list(Path folder, java.util.function.Predicate<Path> which) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(which)
                    .filter(p -> !name(p).startsWith("."))
                    .sorted(Comparator.comparing(Folder::name))
                    .toList();
        } catch (IOException e) {
            throw DataReader.bad("cannot read the folder " + folder + ": " + e.getMessage(), "check the path");
        }
    }
}
