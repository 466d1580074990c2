package dev.lathe.backend.opencl;

import dev.lathe.backend.LoadOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.runtime.ModelArchive;
import dev.lathe.runtime.ModelArchiveWriter;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What makes the jar of a model run by itself. The program, the plan and the weights need what reads and launches them:
 * these classes of Lathe are in the jar, some 1.5 MB, so that it needs a JRE and a driver and nothing else, as the jars
 * of target {@code java} need a JRE. Its own class has one method, {@code load(int threads)}, which calls this one.
 */
public final class OpenClJar {
    private static final ClassDesc EXECUTABLE = ClassDesc.of(Executable.class.getName());

    private OpenClJar() {}

    /**
     * Opens the model in the jar from which its class was loaded, on a GPU or else on any device.
     *
     * @param model the class of the model
     * @param threads not used: a device has its own
     * @throws LatheException {@code target.unavailable} if there is no device; {@code artifact.corrupt} if the jar is
     * damaged
     */
    public static Executable load(Class<?> model, int threads) {
        return OpenClArtifact.open(
                        ModelArchive.jarOf(model), LoadOptions.standard().withThreads(threads))
                .orElseThrow(() -> new LatheException(Diagnostic.error(
                        "artifact.no-model",
                        "the jar with " + model.getName() + " is for another target",
                        "put the jar that lathe compile wrote on the class path, not its entries")))
                .load();
    }

    /** Adds the class of a model, and what it needs. */
    static void addTo(ModelArchiveWriter jar, String className, Graph graph) throws IOException {
        byte[] own = modelClass(ClassDesc.of(className));
        jar.put(className.replace('.', '/') + ".class", own);
        Set<String> ops = new TreeSet<>(); // which the reader of the graph finds by their names
        collectOps(graph, ops);
        jar.runs(List.of(own), ops, OpenClJar.class.getClassLoader());
    }

    private static void collectOps(Graph graph, Set<String> ops) {
        for (Node node : graph.nodes()) {
            ops.add(node.op().getClass().getName());
            node.op().regions().forEach(region -> collectOps(region, ops));
        }
    }

    /** {@code public static Executable load(int threads) { return OpenClJar.load(Self.class, threads); }}. */
    private static byte[] modelClass(ClassDesc name) {
        return ClassFile.of()
                .build(
                        name,
                        type -> type.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL)
                                .withMethodBody(
                                        "load",
                                        MethodTypeDesc.of(EXECUTABLE, ConstantDescs.CD_int),
                                        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                                        code -> code.loadConstant(name)
                                                .iload(0)
                                                .invokestatic(
                                                        ClassDesc.of(OpenClJar.class.getName()),
                                                        "load",
                                                        MethodTypeDesc.of(
                                                                EXECUTABLE,
                                                                ConstantDescs.CD_Class,
                                                                ConstantDescs.CD_int))
                                                .areturn()));
    }
}
