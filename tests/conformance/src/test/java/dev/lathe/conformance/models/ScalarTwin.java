package dev.lathe.conformance.models;

import dev.lathe.demo.Pictures;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.runtime.Machine;
import java.util.Map;

/**
 * Compares a small model in a Java process of its own, started without vectors; says {@code scalar} or {@code vector},
 * whichever it ran.
 */
final class ScalarTwin {
    private ScalarTwin() {}

    public static void main(String[] arguments) {
        Executable model = Target.JAVA.load(Zoo.FACE_FRONT);
        var inputs = Map.of(model.inputs().getFirst().name(), Pictures.pixels(FaceModelTest.face(128)));
        Closeness.assertClose(model.call(inputs), Models.oracle(Zoo.FACE_FRONT).call(inputs));
        System.out.println(Machine.VECTOR ? "vector" : "scalar");
    }
}
