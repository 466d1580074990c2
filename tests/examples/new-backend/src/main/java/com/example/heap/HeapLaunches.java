package com.example.heap;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Launches;
import dev.lathe.backend.plan.Instruction;
import dev.lathe.backend.plan.Step;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.List;

/** The kernels that steps launch: one, {@code copy}. */
final class HeapLaunches extends Launches {
    @Override
    protected List<Launch> launches(Instruction i) {
        return i.step() instanceof Step.Copy s && !s.from().isInSlot() && !s.to().isInSlot()
                ? List.of(copy(s))
                : List.of();
    }

    /** Both views, and for each axis its size and its strides in them: symbols that only a call knows. */
    private static Launch copy(Step.Copy s) {
        List<Launch.Argument> arguments = new ArrayList<>();
        arguments.add(new Launch.Elements(s.from()));
        arguments.add(new Launch.Elements(s.to()));
        for (int axis = 0; axis < s.from().shape().rank(); axis++) {
            arguments.add(new Launch.Size(s.from().shape().dim(axis)));
            arguments.add(new Launch.Size(s.from().strides().get(axis)));
            arguments.add(new Launch.Size(s.to().strides().get(axis)));
        }
        return new Launch("copy", List.of(Dim.ONE), 1, arguments);
    }

    @Override
    protected void note(String kernel, String origin) {
        // A target that writes sources names the nodes there.
    }
}
