package dev.lathe.text;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.tokenizers.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The files of a model, in a folder or on a class path, as sentence-transformers and transformers write them:
 *
 * <ul>
 *   <li>the model, {@code model.jar} if it is compiled, else {@code model.onnx} or {@code onnx/model.onnx}, which is
 *       compiled when it is opened
 *   <li>{@code tokenizer.json}
 *   <li>its configuration, as far as there is any: {@code config.json}, {@code tokenizer_config.json}, and those of
 *       sentence-transformers
 * </ul>
 *
 * <p>Opening a {@code model.jar} runs its code: open only models that you trust.
 */
public final class ModelFiles {
    private static final List<String> MODELS = List.of("model.jar", "model.onnx", "onnx/model.onnx");
    private static final String CODE = "text.files";

    /** Where files come from. */
    private interface Place {
        /** Opens a file, by its path with slashes; empty if there is none. */
        Optional<InputStream> open(String name) throws IOException;

        /** The file itself, if it is in a file system. */
        Optional<Path> path(String name);
    }

    private final Place place;
    /** For people. */
    private final String where;
    /** Inside of {@link #place}; empty, or ends with a slash. */
    private final String folder;

    private final List<String> models;
    private final String tokenizer;

    private ModelFiles(Place place, String where, String folder, List<String> models, String tokenizer) {
        this.place = place;
        this.where = where;
        this.folder = folder;
        this.models = models;
        this.tokenizer = tokenizer;
    }

    /** The files in a folder. */
    public static ModelFiles in(Path folder) {
        Path root = folder.toAbsolutePath().normalize();
        Place place = new Place() {
            @Override
            public Optional<InputStream> open(String name) throws IOException {
                Optional<Path> file = path(name);
                return file.isPresent() ? Optional.of(Files.newInputStream(file.get())) : Optional.empty();
            }

            @Override
            public Optional<Path> path(String name) {
                return Optional.of(root.resolve(name)).filter(Files::isRegularFile);
            }
        };
        return new ModelFiles(place, folder.toString(), "", MODELS, "tokenizer.json");
    }

    /**
     * The files in a folder of a class path. Weights that are in a file beside an {@code .onnx} file are not found
     * there: compile such a model.
     *
     * @param folder with slashes, such as {@code models/minilm}; empty for the root
     */
    public static ModelFiles resources(ClassLoader loader, String folder) {
        Objects.requireNonNull(loader, "loader");
        String path = folder.startsWith("/") ? folder.substring(1) : folder;
        Place place = new Place() {
            @Override
            public Optional<InputStream> open(String name) {
                return Optional.ofNullable(loader.getResourceAsStream(name));
            }

            @Override
            public Optional<Path> path(String name) {
                return Optional.empty();
            }
        };
        String root = path.isEmpty() || path.endsWith("/") ? path : path + "/";
        return new ModelFiles(place, "classpath:" + root, root, MODELS, "tokenizer.json");
    }

    /** These files, with the model in a file of another name: {@code .jar} for a compiled one, or {@code .onnx}. */
    public ModelFiles withModel(String name) {
        return new ModelFiles(place, where, folder, List.of(name), tokenizer);
    }

    /** These files, with the tokenizer in a file of another name. */
    public ModelFiles withTokenizer(String name) {
        return new ModelFiles(place, where, folder, models, name);
    }

    /** The files in a folder inside of this one. */
    ModelFiles inside(String name) {
        return name.isEmpty() ? this : new ModelFiles(place, where, folder + checked(name) + "/", models, tokenizer);
    }

    /** A name from a file of the model: it may not lead out of the folder. */
    private String checked(String name) {
        if (name.startsWith("/")
                || name.contains("\\")
                || name.contains(":")
                || List.of(name.split("/")).contains("..")) {
            throw TextFaults.model(
                    CODE, "the files in " + where + " name one outside: " + name, "do not use a model that does this");
        }
        return name;
    }

    /** What is in a file; empty if there is none. */
    Optional<byte[]> read(String name) {
        try {
            Optional<InputStream> file = place.open(folder + name);
            if (file.isEmpty()) {
                return Optional.empty();
            }
            try (InputStream in = file.get()) {
                return Optional.of(in.readAllBytes());
            }
        } catch (IOException e) {
            throw TextFaults.model(CODE, "cannot read " + title(name) + ": " + e, "check the file");
        }
    }

    /** The object in a JSON file. */
    Optional<JsonObject> json(String name) {
        return read(name).map(bytes -> JsonObject.parse(bytes, title(name)));
    }

    private String title(String name) {
        return where.endsWith(folder) ? where + name : where + "/" + folder + name;
    }

    /** For people: the folder. */
    @Override
    public String toString() {
        return where;
    }

    Tokenizer tokenizer() {
        byte[] json = read(tokenizer)
                .orElseThrow(() -> TextFaults.model(
                        CODE,
                        "there is no file " + title(tokenizer),
                        "save the tokenizer as one file: tokenizer.save_pretrained(…) of transformers does"));
        return Tokenizer.parse(json, title(tokenizer));
    }

    /** The model, ready to run. */
    Executable load(CompileOptions options) {
        for (String name : models) {
            Optional<Path> file = place.path(folder + name);
            if (file.isPresent()) {
                return open(file.get(), options).load();
            }
            Optional<byte[]> bytes = read(name);
            if (bytes.isPresent()) {
                return name.endsWith(".jar")
                        ? jar(bytes.get(), name, options)
                        : Lathe.compile(OnnxImporter.read(bytes.get(), null), named(name, options))
                                .load();
            }
        }
        throw missing();
    }

    private LatheException missing() {
        return TextFaults.model(
                CODE,
                "there is no model in " + where + ": none of " + String.join(", ", models),
                "export it to ONNX, or compile it with `lathe compile model.onnx -o model.jar`");
    }

    private static Model open(Path file, CompileOptions options) {
        return file.toString().endsWith(".jar")
                ? Lathe.open(file, new LoadOptions(options.threads(), options.maxConcurrentCalls()))
                : Lathe.compile(file, options);
    }

    /** A name for the generated code, as {@link Lathe#compile(Path, CompileOptions)} takes it from the file. */
    private static CompileOptions named(String file, CompileOptions options) {
        String name = file.substring(file.lastIndexOf('/') + 1).replaceFirst("\\.[^.]*$", "");
        return options.name().isEmpty() ? options.toBuilder().name(name).build() : options;
    }

    /** A jar is loaded from a file; it is read as a whole then, and the file may go. */
    private Executable jar(byte[] bytes, String name, CompileOptions options) {
        try {
            Path copy = Files.createTempFile("lathe-model", ".jar");
            try {
                Files.write(copy, bytes);
                return open(copy, options).load();
            } finally {
                Files.delete(copy);
            }
        } catch (IOException e) {
            throw TextFaults.model(
                    CODE, "cannot copy " + title(name) + " to a file: " + e, "check java.io.tmpdir, and its space");
        }
    }
}
