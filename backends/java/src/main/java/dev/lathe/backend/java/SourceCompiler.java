package dev.lathe.backend.java;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.runtime.Machine;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles generated sources in this process, from memory to memory. */
final class SourceCompiler {
    private static final AtomicBoolean WARM = new AtomicBoolean();
    /** File managers that no compilation uses now; each knows the class path and the JDK's modules already. */
    private static final Queue<StandardJavaFileManager> MANAGERS = new ConcurrentLinkedQueue<>();

    /** Characters of a class of which javac would surely find, after minutes, that it is too large. */
    private static final int LONGEST = 8 << 20;

    private SourceCompiler() {}

    /** Loads the Java compiler in the background, once, by compiling something that every model needs. */
    static void warmUp() {
        if (Machine.processors() > 1 && WARM.compareAndSet(false, true)) {
            Thread thread = new Thread(
                    () -> compile(Map.of("warm." + TilesSource.CLASS_NAME, TilesSource.write("warm", List.of()))),
                    "lathe-warm-up");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** The class files of {@code sources}, both by class name. */
    static Map<String, byte[]> compile(Map<String, String> sources) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new LatheException(
                    LatheException.Fault.UNAVAILABLE,
                    List.of(Diagnostic.error(
                            "java.no-compiler",
                            "this Java has no compiler",
                            "run Lathe with a JDK 25; a JRE is enough for jars that it made")));
        }
        if (sources.values().stream().anyMatch(text -> text.length() > LONGEST)) {
            throw tooLarge();
        }
        Map<String, ByteArrayOutputStream> classes = new LinkedHashMap<>();
        StringWriter messages = new StringWriter();
        List<Source> units = sources.entrySet().stream()
                .map(e -> new Source(e.getKey(), e.getValue()))
                .toList();
        List<String> options = List.of(
                "--add-modules",
                "jdk.incubator.vector",
                "-classpath",
                ClassPath.ofRuntime(),
                "-proc:none",
                "-g:source,lines,vars",
                "-Xlint:none",
                "-nowarn",
                "-parameters",
                "-implicit:none");
        StandardJavaFileManager idle = MANAGERS.poll();
        StandardJavaFileManager files = idle != null ? idle : compiler.getStandardFileManager(null, null, null);
        boolean done = compiler.getTask(messages, new Outputs(files, classes), null, options, null, units)
                .call();
        MANAGERS.add(files);
        if (!done) {
            throw failure(messages.toString());
        }
        Map<String, byte[]> result = new LinkedHashMap<>();
        classes.forEach((name, bytes) -> result.put(name, bytes.toByteArray()));
        return result;
    }

    private static RuntimeException failure(String messages) {
        if (messages.contains("too many constants") || messages.contains("code too large")) {
            return tooLarge();
        }
        return new IllegalStateException("the generated code does not compile; this is a fault of Lathe:\n" + messages);
    }

    private static LatheException tooLarge() {
        return new LatheException(Diagnostic.error(
                "java.too-large",
                "one node of the model is more than a generated method can hold",
                "make do with fewer operands or shorter attributes at each node"));
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String className, String text) {
            super(URI.create("string:///" + className.replace('.', '/') + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class Outputs extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> classes;

        Outputs(JavaFileManager manager, Map<String, ByteArrayOutputStream> classes) {
            super(manager);
            this.classes = classes;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("bytes:///" + className.replace('.', '/') + ".class"), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return classes.computeIfAbsent(className, _ -> new ByteArrayOutputStream());
                }
            };
        }
    }
}
