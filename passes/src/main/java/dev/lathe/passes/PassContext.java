package dev.lathe.passes;

import dev.lathe.ir.Node;
import dev.lathe.ir.type.Shape;
import java.util.List;
import java.util.Map;

/** What a pass knows besides the graph, and where it tells what it does. One context serves one run of a pipeline. */
public final class PassContext {
    private final Numerics numerics;
    private final Map<String, Shape> shapes;
    private final List<PassListener> listeners;
    private long stepsLeft;

    private PassContext(Numerics numerics, Map<String, Shape> shapes, List<PassListener> listeners, long stepLimit) {
        this.numerics = numerics;
        this.shapes = Map.copyOf(shapes);
        this.listeners = List.copyOf(listeners);
        this.stepsLeft = stepLimit;
    }

    /** Default numerics, no fixed shapes, no listeners, no step limit. */
    public static PassContext standard() {
        return new PassContext(Numerics.DEFAULT, Map.of(), List.of(), Long.MAX_VALUE);
    }

    public PassContext withNumerics(Numerics newNumerics) {
        return new PassContext(newNumerics, shapes, listeners, stepsLeft);
    }

    /** Shapes to give to inputs of the graph; see {@code specialize-shapes}. */
    public PassContext withShapes(Map<String, Shape> newShapes) {
        return new PassContext(numerics, newShapes, listeners, stepsLeft);
    }

    public PassContext withListeners(List<? extends PassListener> newListeners) {
        return new PassContext(numerics, shapes, List.copyOf(newListeners), stepsLeft);
    }

    /** At most {@code limit} rewrites, over all passes together: the switch that bisects a miscompile. */
    public PassContext withStepLimit(long limit) {
        return new PassContext(numerics, shapes, listeners, limit);
    }

    public Numerics numerics() {
        return numerics;
    }

    public Map<String, Shape> shapes() {
        return shapes;
    }

    List<PassListener> listeners() {
        return listeners;
    }

    /** Takes one of the steps that are left; a pass that gets {@code false} leaves the graph as it is from there on. */
    public boolean step() {
        if (stepsLeft <= 0) {
            return false;
        }
        stepsLeft--;
        return true;
    }

    /** Tells the listeners that the rule of this name replaced {@code node}. */
    public void applied(Pass pass, String rule, Node node) {
        listeners.forEach(l -> l.ruleApplied(pass, rule, node));
    }
}
