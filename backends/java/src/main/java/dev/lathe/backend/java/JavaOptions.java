package dev.lathe.backend.java;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Dim;
import dev.lathe.passes.Option;
import java.util.List;
import java.util.regex.Pattern;
import javax.lang.model.SourceVersion;

/**
 * What only the Java target can be told.
 *
 * @param packageName the package of the generated code
 * @param className the class of the model; empty to make it of the model's name
 * @param modelVersion the version of the model, by which Maven and Gradle know its jar
 */
public record JavaOptions(
        @Option("the Java package of the generated code") String packageName,

        @Option("the class of the model; made of the model's name, if empty")
        String className,

        @Option("the version of the model, in the jar's POM")
        String modelVersion) {
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    /** Package {@code model}, a class named like the model, and version 1.0. */
    public static final JavaOptions DEFAULT = new JavaOptions("model", "");

    /**
     * @throws LatheException {@code usage.name} if a name is none of Java's; {@code usage.version} if a version is none
     * of Maven's
     */
    public JavaOptions {
        if (!SourceVersion.isName(packageName)) {
            throw badName("package", packageName, "com.example.models");
        }
        if (!className.isEmpty() && (!SourceVersion.isIdentifier(className) || SourceVersion.isKeyword(className))) {
            throw badName("class", className, "Detector");
        }
        if (!VERSION.matcher(modelVersion).matches()) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.version",
                            Dim.quote(modelVersion) + " is not a version that Maven takes",
                            "give one of letters, digits, dots and hyphens, such as 1.0 or 2026.1-SNAPSHOT")));
        }
    }

    /** Version 1.0 of a model. */
    public JavaOptions(String packageName, String className) {
        this(packageName, className, "1.0");
    }

    private static LatheException badName(String what, String name, String example) {
        return new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "usage.name",
                        "\"" + name + "\" is not a name of a Java " + what,
                        "give a name such as " + example)));
    }
}
