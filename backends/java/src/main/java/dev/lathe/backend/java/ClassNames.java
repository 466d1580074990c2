package dev.lathe.backend.java;

import java.util.Locale;
import javax.lang.model.SourceVersion;

/**
 * What the classes of a model are called. The one that users name has the methods with types and nothing else; all
 * others are in a package of the model's own, so that any number of models may share a package.
 *
 * @param packageName the package of the class that users name
 * @param className its simple name
 */
record ClassNames(String packageName, String className) {
    /** What the class that holds the weights is called, behind the name of the model. */
    static final String MODEL = "Model";
    /** What the class that runs the steps of a call is called, behind the name of the model. */
    static final String EXECUTION = "Execution";

    /** The names that belong to a class, given by its full name. */
    static ClassNames of(String typed) {
        int dot = typed.lastIndexOf('.');
        return new ClassNames(typed.substring(0, dot), typed.substring(dot + 1));
    }

    /** The full name of the class that users name, such as {@code com.example.A}. */
    String typed() {
        return packageName + "." + className;
    }

    /** The package of all other classes, such as {@code com.example.a}. */
    String ownPackage() {
        String lower = className.toLowerCase(Locale.ROOT);
        boolean taken = lower.equals(className) || SourceVersion.isKeyword(lower);
        return packageName + "." + lower + (taken ? "_" : "");
    }

    /** The full name of the class that holds the weights, such as {@code com.example.a.AModel}. */
    String model() {
        return ownPackage() + "." + className + MODEL;
    }

    /** The full name of the class that runs the steps of a call. */
    String execution() {
        return ownPackage() + "." + className + EXECUTION;
    }
}
