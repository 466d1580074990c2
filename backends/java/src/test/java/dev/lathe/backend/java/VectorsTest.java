package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.io.IOException;
import java.lang.classfile.Attributes;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

    /** A method of some 2,200 bytes of vectors is never compiled; see {@link PointwiseSource}. */
    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"F32", "F16", "BF16"})
    void noMethodIsTooLongForTheJit(ElementType element) throws IOException {
        Builder b = Builder.graph("long");
        Value x = b.input("x", TensorType.of(element, 8, 43));
        Value y = b.matMul(x, b.constant(Tensor.zeros(element, 43, 43)));
        for (int i = 0; i < 150; i++) {
            y = i % 40 == 2
                    ? b.unary(UnaryFunction.SIGMOID, y)
                    : i % 40 == 7 ? b.binary(BinaryFunction.POW, y, x) : i % 2 == 0 ? b.add(y, x) : b.multiply(y, x);
        }
        List<Integer> lengths = new ArrayList<>();
        for (ClassModel model : classes(b.build(List.of(y), List.of("y")))) {
            for (MethodModel m : model.methods()) {
                if (m.methodName().equalsString("apply")
                        && model.thisClass().asInternalName().endsWith("$Vectors")) {
                    lengths.add(m.findAttribute(Attributes.code()).orElseThrow().codeLength());
                }
            }
        }
        assertThat(lengths).hasSizeGreaterThan(2).allSatisfy(n -> assertThat(n).isLessThan(2100));
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
        return classes(b.build(List.of(y), List.of("y")));
    }

    private List<ClassModel> classes(Graph graph) throws IOException {
        Path jar = folder.resolve("vectors.jar");
        JavaBackendTest.compile(graph).write(jar);
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
