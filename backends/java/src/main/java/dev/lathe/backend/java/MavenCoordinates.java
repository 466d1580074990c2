package dev.lathe.backend.java;

import java.util.Locale;

/**
 * By what name Maven and Gradle know the jar of a model. Its POM goes into the jar, where {@code mvn
 * install:install-file} and {@code deploy:deploy-file} look for it.
 *
 * @param groupId the package of the generated code
 * @param artifactId the class of the model, in lower case with hyphens: {@code TextDetector} is {@code text-detector}
 * @param version of the model
 */
record MavenCoordinates(String groupId, String artifactId, String version) {

    /** For the model of a class, given by its full name. */
    static MavenCoordinates of(String className, String version) {
        int dot = className.lastIndexOf('.');
        String hyphens = className.substring(dot + 1).replaceAll("([a-z0-9])([A-Z])", "$1-$2");
        return new MavenCoordinates(
                plain(className.substring(0, dot)), plain(hyphens.toLowerCase(Locale.ROOT)), version);
    }

    /** Java has letters in its names that Maven has not. */
    private static String plain(String name) {
        return name.replaceAll("[^A-Za-z0-9_.-]", "_");
    }

    /** The folder of the jar that Maven's files are in. */
    String folder() {
        return "META-INF/maven/" + groupId + "/" + artifactId + "/";
    }

    /** The {@code pom.xml}: the jar depends on nothing. */
    String pom(String compilerVersion) {
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <project xmlns="http://maven.apache.org/POM/4.0.0" \
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
            xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 http://maven.apache.org/xsd/maven-4.0.0.xsd">
              <modelVersion>4.0.0</modelVersion>
              <groupId>%s</groupId>
              <artifactId>%s</artifactId>
              <version>%s</version>
              <packaging>jar</packaging>
              <name>%s</name>
              <description>A model that Lathe %s compiled.</description>
            </project>
            """.formatted(groupId, artifactId, version, artifactId, compilerVersion);
    }

    /** The {@code pom.properties}. */
    String properties() {
        return "artifactId=%s\ngroupId=%s\nversion=%s\n".formatted(artifactId, groupId, version);
    }
}
