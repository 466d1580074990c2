package dev.lathe.maven;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One {@code <model>} of the POM: a file of the folder of models, or a file in an artifact, and its options. */
public final class ModelSettings {
    /** A path in the folder of models. */
    private String file = "";
    /** An artifact, as {@code group:artifact:version}; what follows {@code !/} is the path of a file in it. */
    private String artifact = "";
    /** The package of the class; that of the file's folder, or of the plugin's configuration, if empty. */
    private String packageName = "";
    /** The class; made of the file's name, if empty. */
    private String className = "";
    /** Shapes that fix symbolic dimensions, by the name of the input. */
    private Map<String, String> shapes = new LinkedHashMap<>();
    /** {@code strict} or {@code default}; empty for the latter. */
    private String numerics = "";
    /** 0 to 3; empty for 2. */
    private String level = "";
    /** The passes to run instead of those of the level; empty for those. */
    private String passes = "";
    /** Other options of {@code lathe compile}, a word each. */
    private List<String> arguments = new ArrayList<>();

    String file() {
        return file;
    }

    String artifact() {
        return artifact;
    }

    /** Options as {@code lathe compile} takes them. */
    List<String> options(String defaultPackage) {
        List<String> options = new ArrayList<>();
        options.add("-T");
        options.add("package-name=" + (packageName.isEmpty() ? defaultPackage : packageName));
        if (!className.isEmpty()) {
            options.add("-T");
            options.add("class-name=" + className);
        }
        shapes.forEach((input, shape) -> {
            options.add("--shape");
            options.add(input + "=" + shape);
        });
        add(options, "--numerics", numerics);
        if (!level.isEmpty()) {
            options.add("-O" + level);
        }
        add(options, "--passes", passes);
        options.addAll(arguments);
        return options;
    }

    private static void add(List<String> options, String name, String value) {
        if (!value.isEmpty()) {
            options.add(name);
            options.add(value);
        }
    }

    /** Sets the path of a file, for models that the POM does not speak of. */
    static ModelSettings ofFile(String path) {
        ModelSettings settings = new ModelSettings();
        settings.file = path;
        return settings;
    }
}
