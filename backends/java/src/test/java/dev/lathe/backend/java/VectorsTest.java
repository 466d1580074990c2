package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.FieldRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How compiled models use the Vector API. */
class VectorsTest {

    /**
     * What may come out otherwise once C2 has compiled it: sums and products over lanes, and functions that are a
     * library's or Java's.
     */
    private static final Set<String> UNSPECIFIED = Set.of(
            "ADD", "MUL", "SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "ATAN2", "SINH", "COSH", "TANH", "EXP", "EXPM1",
            "LOG", "LOG10", "LOG1P", "POW", "CBRT", "HYPOT");

    @TempDir
    private Path folder;

    @Test
    void noMethodTakesOrReturnsAVector() throws IOException {
        List<String> methods = new ArrayList<>();
        List<String> withVectors = new ArrayList<>();
        for (ClassModel model : classes()) {
            for (MethodModel m : model.methods()) {
                String method = model.thisClass().asInternalName() + " "
                        + m.methodName().stringValue();
                methods.add(method);
                if (m.methodType().stringValue().contains("jdk/incubator/vector/")) {
                    withVectors.add(method);
                }
            }
        }
        assertThat(methods)
                .contains("dev/lathe/runtime/VectorPrimitives exponentials")
                .anyMatch(m -> m.endsWith("$Vectors apply"));
        assertThat(withVectors).isEmpty();
    }

    @Test
    void noOperatorComesOutOtherwiseOnceItIsCompiled() throws IOException {
        List<String> used = new ArrayList<>();
        for (ClassModel model : classes()) {
            for (PoolEntry entry : model.constantPool()) {
                if (entry instanceof FieldRefEntry field
                        && field.owner().asInternalName().equals("jdk/incubator/vector/VectorOperators")) {
                    used.add(field.name().stringValue());
                }
            }
        }
        assertThat(used).contains("MAX", "F2I").doesNotContainAnyElementsOf(UNSPECIFIED);
    }

    /** The classes of a jar whose model has what runs on vectors. */
    private List<ClassModel> classes() throws IOException {
        Builder b = Builder.graph("vectors");
        TensorType type = TensorType.of(ElementType.F32, 8, 40);
        Value x = b.input("x", type);
        Value y = b.matMul(x, b.constant(Tensor.zeros(ElementType.F32, 40, 40)));
        for (UnaryFunction f : List.of(
                UnaryFunction.EXP, UnaryFunction.LOG, UnaryFunction.SIGMOID, UnaryFunction.TANH, UnaryFunction.ERF)) {
            y = b.add(b.unary(f, y), x);
        }
        Path jar = folder.resolve("vectors.jar");
        JavaBackendTest.compile(b.build(List.of(y), List.of("y"))).write(jar);
        List<ClassModel> classes = new ArrayList<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : (Iterable<JarEntry>) file.stream()::iterator) {
                if (entry.getName().endsWith(".class")) {
                    classes.add(ClassFile.of().parse(file.getInputStream(entry).readAllBytes()));
                }
            }
        }
        return classes;
    }
}
