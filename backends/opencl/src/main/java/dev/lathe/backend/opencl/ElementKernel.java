package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * A kernel in the making that has a work item for each element of a result: item {@code i} of {@code n}. The sizes of a
 * tensor {@code x} are {@code x0}, {@code x1}, … there.
 */
final class ElementKernel {
    private static final int GROUP = 64;

    private final Dim items;
    private final List<String> parameters = new ArrayList<>(List.of("const long n"));
    private final List<Launch.Argument> arguments = new ArrayList<>();
    private final List<String> lines = new ArrayList<>(MovementText.begin("i"));
    private final List<Integer> ranks = new ArrayList<>();
    private int depth;

    ElementKernel(Dim items) {
        this.items = items;
        arguments.add(new Launch.Size(items));
    }

    /** The type in which a kernel has elements that it computes with. */
    static String stored(ElementType type) {
        return ClText.stored(type).orElseThrow();
    }

    /** The type in which a kernel has elements that it only moves. */
    static String bits(ElementType type) {
        return ClText.bits(type.bits() / 8);
    }

    /** Adds a tensor that is read, with elements of a type of OpenCL C, and its sizes. */
    ElementKernel reads(String name, String type, View v) {
        return tensor(name, "global const " + type, v);
    }

    /** Adds a tensor that is written. */
    ElementKernel writes(String name, String type, View v) {
        return tensor(name, "global " + type, v);
    }

    private ElementKernel tensor(String name, String type, View v) {
        parameters.add(type + " *" + name + ", const long " + name + "_at");
        arguments.add(new Launch.Elements(v));
        for (int k = 0; k < v.shape().rank(); k++) {
            size(name + k, v.shape().dim(k));
        }
        ranks.add(v.shape().rank());
        return this;
    }

    /** Adds a number. */
    ElementKernel size(String name, Dim value) {
        parameters.add("const long " + name);
        arguments.add(new Launch.Size(value));
        return this;
    }

    /** Adds what says how axes are resampled. */
    ElementKernel taps(String name, Step.Resample step, boolean doubles) {
        parameters.add("global const int *" + name);
        arguments.add(new Launch.Taps(step, doubles));
        return this;
    }

    /** Lets the kernel note faults. */
    ElementKernel faults() {
        parameters.addAll(FaultText.PARAMETERS);
        arguments.add(new Launch.Fault());
        return this;
    }

    /** Adds a line; one that ends with a brace opens a block. */
    ElementKernel line(String text) {
        if (text.startsWith("}")) {
            depth--;
        }
        lines.add("    ".repeat(depth) + text);
        if (text.endsWith("{")) {
            depth++;
        }
        return this;
    }

    ElementKernel lines(List<String> all) {
        all.forEach(l -> line(l.strip()));
        return this;
    }

    /** Declares the coordinates of item {@code i} in a tensor: the given name with a number from 0. */
    ElementKernel coordinates(String name, String tensor, int rank) {
        line("uint rest = i;");
        for (int k = rank - 1; k > 0; k--) {
            line("const long " + name + k + " = rest % (uint) " + tensor + k + ";");
            line("rest /= (uint) " + tensor + k + ";");
        }
        return rank > 0 ? line("const long " + name + "0 = rest;") : this;
    }

    /** The element at coordinates in a tensor, from where it starts. */
    static String at(String tensor, List<String> coordinates) {
        String at = coordinates.isEmpty() ? "0" : coordinates.getFirst();
        for (int k = 1; k < coordinates.size(); k++) {
            at = "(" + at + ") * " + tensor + k + " + " + coordinates.get(k);
        }
        return tensor + "_at + " + at;
    }

    Launch launch(ProgramText program, String stem) {
        String ranked = stem + "_" + ranks.stream().map(String::valueOf).reduce("", String::concat);
        return new Launch(
                program.define(ranked, MovementText.kernel(parameters, lines)),
                List.of(items),
                GROUP,
                List.copyOf(arguments));
    }
}
