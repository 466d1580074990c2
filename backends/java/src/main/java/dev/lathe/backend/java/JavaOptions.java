package dev.lathe.backend.java;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.passes.Option;
import java.util.List;
import javax.lang.model.SourceVersion;

/**
 * What only the Java target can be told.
 *
 * @param packageName the package of the generated code
 * @param className the class of the model; empty to make it of the model's name
 */
public record JavaOptions(
        @Option("the Java package of the generated code") String packageName,

        @Option("the class of the model; made of the model's name, if empty")
        String className) {
    /** Package {@code model}, and a class named like the model. */
    public static final JavaOptions DEFAULT = new JavaOptions("model", "");

    /** @throws LatheException {@code usage.name} if a name is none of Java's */
    public JavaOptions {
        if (!SourceVersion.isName(packageName)) {
            throw badName("package", packageName, "com.example.models");
        }
        if (!className.isEmpty() && (!SourceVersion.isIdentifier(className) || SourceVersion.isKeyword(className))) {
            throw badName("class", className, "Detector");
        }
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
