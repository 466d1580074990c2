package dev.lathe.runtime;

import dev.lathe.ir.StepTimes;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What generated models extend. Each concurrent call has an {@link Execution} of its own. */
public abstract class CompiledModel extends ConcurrentModel {
    private static boolean told;

    private final int workers;
    private @Nullable StepTimes times;

    /** {@code threads} is 0 for as many as there are processors. */
    protected CompiledModel(List<Port> inputs, List<Port> outputs, int threads) {
        super(inputs, outputs);
        this.workers = threads == 0
                ? WorkerPool.shared().size()
                : Math.min(threads, WorkerPool.shared().size());
        tellIfScalar();
    }

    private static synchronized void tellIfScalar() {
        if (!Machine.VECTOR && !told && !Boolean.getBoolean(Machine.SCALAR_PROPERTY)) {
            told = true;
            // Looked up only here: the first logger takes longer than all else that loading a small model does.
            System.getLogger("dev.lathe")
                    .log(
                            System.Logger.Level.WARNING,
                            "running without vectors, several times slower: start Java with " + Machine.VECTOR_OPTION);
        }
    }

    @Override
    public final CompiledModel maxConcurrentCalls(int most) {
        super.maxConcurrentCalls(most);
        return this;
    }

    /**
     * Lets {@code hearer} know how long each step takes, from the first call on.
     *
     * @return this model, for one call at a time
     */
    public final CompiledModel times(StepTimes hearer) {
        times = hearer;
        return maxConcurrentCalls(1);
    }

    /** Who hears of the steps of calls; null if nobody does. */
    final @Nullable StepTimes times() {
        return times;
    }

    /**
     * Loads a model whose class is looked up by name. Both the look-up and the weights come from the class that asks,
     * since it may be in a module that keeps them to itself.
     *
     * @param own of the class with the typed methods
     * @param model the full name of the class that holds the weights
     * @param weights the resource with the weights, which is closed; null if there is none
     * @param threads the most threads of a call; 0 for one per processor
     * @throws LatheException {@code model.incomplete} if there is no such class, {@code artifact.corrupt} if the
     * weights are missing or damaged
     */
    protected static CompiledModel load(
            MethodHandles.Lookup own, String model, @Nullable InputStream weights, int threads) {
        try {
            readVectors(own);
            MethodType constructor = MethodType.methodType(void.class, Weights.class, int.class);
            return (CompiledModel) own.findConstructor(own.findClass(model), constructor)
                    .invoke(WeightsFile.of(own.lookupClass().getName(), weights), threads);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (ReflectiveOperationException e) {
            throw new LatheException(Diagnostic.error(
                    "model.incomplete",
                    "the class " + model + " is not where " + own.lookupClass().getName() + " is",
                    "keep the generated classes and resources of a model together, or compile the model again"));
        } catch (Throwable e) {
            throw new IllegalStateException("the constructor of a generated class throws nothing else", e);
        }
    }

    /** Generated kernels call the Vector API, which the descriptor of the module that they are in need not say. */
    private static void readVectors(MethodHandles.Lookup own) throws Throwable {
        Module module = own.lookupClass().getModule();
        Module vectors = ModuleLayer.boot().findModule("jdk.incubator.vector").orElse(module);
        if (!module.canRead(vectors)) {
            // Only a module itself may let itself read another, so this is a call from there.
            own.findVirtual(Module.class, "addReads", MethodType.methodType(Module.class, Module.class))
                    .invoke(module, vectors);
        }
    }

    /** A new execution of this model. */
    @Override
    protected abstract Execution execution();

    @Override
    protected final String runsOn() {
        return workers + " threads, " + (Machine.VECTOR ? "vectors of " + Machine.LANES + " floats" : "no vectors");
    }

    @Override
    protected final String jvmOption() {
        return Machine.VECTOR_OPTION;
    }

    /** How many threads a call uses at most. */
    protected final int workers() {
        return workers;
    }

    /** The inputs by name, for the typed methods of generated models. */
    @SafeVarargs
    protected final <D extends Datum> Map<String, D> named(D... given) {
        Map<String, D> map = new LinkedHashMap<>();
        for (int i = 0; i < given.length; i++) {
            map.put(inputs().get(i).name(), given[i]);
        }
        return map;
    }
}
