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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How compiled models use the Vector API. */
class VectorsTest {

    @Test
    void noMethodTakesOrReturnsAVector(@TempDir Path folder) throws IOException {
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

        List<String> methods = new ArrayList<>();
        List<String> withVectors = new ArrayList<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : (Iterable<JarEntry>) file.stream()::iterator) {
                if (!entry.getName().endsWith(".class")) {
                    continue;
                }
                ClassModel model =
                        ClassFile.of().parse(file.getInputStream(entry).readAllBytes());
                for (MethodModel m : model.methods()) {
                    String method = entry.getName() + " " + m.methodName().stringValue();
                    methods.add(method);
                    if (m.methodType().stringValue().contains("jdk/incubator/vector/")) {
                        withVectors.add(method);
                    }
                }
            }
        }
        assertThat(methods)
                .contains("dev/lathe/runtime/VectorPrimitives.class exponentials")
                .anyMatch(m -> m.contains("$Vectors.class apply"));
        assertThat(withVectors).isEmpty();
    }
}
