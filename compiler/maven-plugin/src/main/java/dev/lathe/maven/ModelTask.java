package dev.lathe.maven;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A model to compile.
 *
 * @param name what people call it: its path or its coordinates
 * @param source where it is
 * @param options those of {@code lathe compile}
 */
record ModelTask(String name, Source source, List<String> options) {

    /** Where a model is. */
    sealed interface Source {
        /** Adds all that the model is made of. */
        void addTo(Fingerprint fingerprint) throws IOException;

        /** The model as a file, in {@code folder} if it is none yet. */
        Path file(Path folder) throws IOException;
    }

    /**
     * A file.
     *
     * @param hasCompany whether its weights may be in other files, which are beside it or below
     */
    record ModelFile(Path file, boolean hasCompany) implements Source {
        /** Whether a file is a model by its name. */
        static boolean isModel(Path file) {
            String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
            return name.endsWith(".onnx") || name.endsWith(".lir");
        }

        @Override
        public void addTo(Fingerprint fingerprint) throws IOException {
            fingerprint.add(file);
            Path folder = file.toAbsolutePath().getParent();
            if (folder == null || !hasCompany) {
                return;
            }
            try (Stream<Path> beside = Files.walk(folder)) {
                for (Path other : (Iterable<Path>) beside.sorted()::iterator) {
                    if (Files.isRegularFile(other) && !isModel(other)) {
                        fingerprint.add(folder.relativize(other).toString()).add(other);
                    }
                }
            }
        }

        @Override
        public Path file(Path folder) {
            return file;
        }
    }

    /** A file in a jar. */
    record ModelEntry(Path jar, String entry) implements Source {
        @Override
        public void addTo(Fingerprint fingerprint) throws IOException {
            try (ZipFile zip = new ZipFile(jar.toFile())) {
                ZipEntry found = find(zip);
                fingerprint.add(entry).add(found.getSize() + " " + found.getCrc());
            }
        }

        @Override
        public Path file(Path folder) throws IOException {
            Files.createDirectories(folder);
            Path file = folder.resolve(entry.substring(entry.lastIndexOf('/') + 1));
            try (ZipFile zip = new ZipFile(jar.toFile());
                    InputStream in = zip.getInputStream(find(zip))) {
                Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            }
            return file;
        }

        private ZipEntry find(ZipFile zip) throws IOException {
            ZipEntry found = zip.getEntry(entry);
            if (found == null || found.isDirectory()) {
                List<String> models = zip.stream()
                        .map(ZipEntry::getName)
                        .filter(name -> ModelFile.isModel(Path.of(name)))
                        .toList();
                throw new IOException("there is no file " + entry + " in " + jar + "; the models in it are " + models);
            }
            return found;
        }
    }
}
