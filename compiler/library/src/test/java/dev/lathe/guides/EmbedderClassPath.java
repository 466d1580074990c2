package dev.lathe.guides;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * What is on the class path of a service whose only dependency is {@code dev.lathe:lathe}: the library, and what it
 * brings at run time. The build says so in the property {@code lathe.embedder.classpath}; outside of Maven it is the
 * class path of the tests, which holds more.
 */
final class EmbedderClassPath {
    private static final String PROPERTY = "lathe.embedder.classpath";
    private static final Pattern ARTIFACT = Pattern.compile("</parent>\\s*<artifactId>(.*?)</artifactId>");
    private static final Pattern OWN_JAR = Pattern.compile("(lathe(?:-[a-z]+)*)-[0-9].*\\.jar");

    private EmbedderClassPath() {}

    /**
     * A jar, or the folder of classes that becomes one.
     *
     * @param name the artifact of Lathe, or the name of the file
     * @param own whether it is Lathe's
     * @param bytes of the jar
     * @param files the names of what is in it
     */
    record Item(String name, boolean own, long bytes, List<String> files) {}

    /** Whether the build said it. */
    static boolean isKnown() {
        return System.getProperty(PROPERTY) != null;
    }

    /** As Java takes it. */
    static String text() {
        return System.getProperty(PROPERTY, System.getProperty("java.class.path"));
    }

    static List<Item> items() throws IOException {
        List<Item> items = new ArrayList<>();
        for (String place : text().split(File.pathSeparator)) {
            Path path = Path.of(place);
            items.add(Files.isDirectory(path) ? ofFolder(path) : ofJar(path));
        }
        return items;
    }

    private static Item ofJar(Path jar) throws IOException {
        Matcher own = OWN_JAR.matcher(jar.getFileName().toString());
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            List<String> files = zip.stream().map(ZipEntry::getName).toList();
            return own.matches()
                    ? new Item(own.group(1), true, Files.size(jar), files)
                    : new Item(jar.getFileName().toString(), false, Files.size(jar), files);
        }
    }

    /** A module of this build that is not packed yet. */
    private static Item ofFolder(Path classes) throws IOException {
        Path pom = classes.resolve("../../pom.xml").normalize();
        Matcher artifact = ARTIFACT.matcher(Files.readString(pom));
        if (!artifact.find()) {
            throw new AssertionError(pom + " names no artifact");
        }
        CountingStream counter = new CountingStream();
        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.walk(classes);
                ZipOutputStream zip = new ZipOutputStream(counter)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                names.add(classes.relativize(file).toString());
                zip.putNextEntry(new ZipEntry(names.getLast()));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
        return new Item(artifact.group(1), true, counter.bytes, names);
    }

    private static final class CountingStream extends OutputStream {
        private long bytes;

        @Override
        public void write(int b) {
            bytes++;
        }

        @Override
        public void write(byte[] from, int at, int n) {
            bytes += n;
        }
    }
}
