package dev.lathe.ir;

import dev.lathe.ir.type.Dim;
import java.util.List;
import java.util.Optional;

/**
 * A step of a compiled model, as a profile names it.
 *
 * @param kernel what runs it, as the generated code calls it
 * @param value the name of the value that it is a step towards
 * @param nodes the nodes of the source model that it stands for, as IR text: {@code "fc1/MatMul"(MatMul-13)}
 * @param flops operations each time it runs, a multiply-add counting as two; an expression of the symbols of the
 *     inputs, empty if only a run tells it
 * @param bytes what it reads and writes each time it runs, every element once; empty if only a run tells it
 * @param weightBytes those of them that are constants of the model
 */
public record ModelStep(
        String kernel, String value, List<String> nodes, Optional<Dim> flops, Optional<Dim> bytes, long weightBytes) {
    public ModelStep {
        nodes = List.copyOf(nodes);
    }
}
