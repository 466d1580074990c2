package dev.lathe.docs;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The doc comments of top-level types and their enum constants, as Markdown; read from the sources, which hold the only
 * copy.
 */
final class Javadoc {
    private final Map<String, String> comments = new HashMap<>();

    private Javadoc() {}

    /** The comments of the types in these folders. */
    static Javadoc of(List<Path> folders) throws IOException {
        List<Path> files = folders.stream().flatMap(Javadoc::sources).toList();
        Javadoc all = new Javadoc();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask)
                    compiler.getTask(null, manager, null, List.of(), null, manager.getJavaFileObjectsFromPaths(files));
            DocTrees trees = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                for (Tree type : unit.getTypeDecls()) {
                    all.add(new TreePath(new TreePath(unit), type), trees);
                }
            }
        }
        return all;
    }

    private static Stream<Path> sources(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files
                    .filter(f -> f.toString().endsWith(".java") && !f.endsWith("package-info.java"))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void add(TreePath path, DocTrees trees) {
        if (path.getLeaf() instanceof ClassTree type) {
            String name = type.getSimpleName().toString();
            comments.put(name, text(trees.getDocCommentTree(path)));
            for (Tree member : type.getMembers()) {
                if (member instanceof VariableTree constant) {
                    comments.put(
                            name + "." + constant.getName(),
                            text(trees.getDocCommentTree(new TreePath(path, constant))));
                }
            }
        }
    }

    /** The comment of a type, or of {@code Type.CONSTANT}; empty if it has none. */
    String of(String name) {
        return comments.getOrDefault(name, "");
    }

    private static String text(DocCommentTree comment) {
        return comment == null
                ? ""
                : text(comment.getFullBody()).replaceAll("\\s+", " ").strip();
    }

    private static String text(List<? extends DocTree> parts) {
        return parts.stream().map(Javadoc::text).collect(Collectors.joining());
    }

    private static String text(DocTree part) {
        return switch (part) {
            case LiteralTree l -> "`" + l.getBody().getBody() + "`";
            case LinkTree l -> "`" + l.getReference().getSignature().replace('#', '.') + "`";
            default -> part.toString();
        };
    }
}
