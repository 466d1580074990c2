package dev.lathe.runtime;

import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What generated models extend. Each concurrent call has an {@link Execution} of its own, which is kept for the next. */
public abstract class CompiledModel implements Executable {
    private static boolean told;

    private final List<Port> inputs;
    private final List<Port> outputs;
    private final int workers;
    private final ArrayDeque<Execution> idle = new ArrayDeque<>();
    private volatile boolean closed;

    /** {@code threads} is 0 for as many as there are processors. */
    protected CompiledModel(List<Port> inputs, List<Port> outputs, int threads) {
        this.inputs = inputs;
        this.outputs = outputs;
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

    /** A new execution of this model. */
    protected abstract Execution execution();

    @Override
    public final List<Port> inputs() {
        return inputs;
    }

    @Override
    public final List<Port> outputs() {
        return outputs;
    }

    /** How many threads a call uses at most. */
    protected final int workers() {
        return workers;
    }

    private Execution take() {
        if (closed) {
            throw new LatheException(
                    Diagnostic.error("run.closed", "the model is closed", "load it again, or close it later"));
        }
        synchronized (idle) {
            Execution e = idle.poll();
            if (e != null) {
                return e;
            }
        }
        return execution();
    }

    private void giveBack(Execution e) {
        synchronized (idle) {
            if (!closed) {
                idle.push(e);
            }
        }
    }

    @Override
    public final Map<String, Datum> run(Map<String, ? extends Datum> given) {
        Execution e = take();
        Datum[] results = e.call(given, null);
        Map<String, Datum> named = new LinkedHashMap<>();
        for (int i = 0; i < results.length; i++) {
            named.put(outputs.get(i).name(), results[i]);
        }
        giveBack(e); // not after a failure: its state is unknown
        return named;
    }

    @Override
    public final void callInto(Map<String, Tensor> given, Map<String, Tensor> results) {
        Execution e = take();
        e.call(given, results);
        giveBack(e);
    }

    /** The inputs by name, for the typed methods of generated models. */
    @SafeVarargs
    protected final <D extends Datum> Map<String, D> named(D... given) {
        Map<String, D> map = new LinkedHashMap<>();
        for (int i = 0; i < given.length; i++) {
            map.put(inputs.get(i).name(), given[i]);
        }
        return map;
    }

    @Override
    public void close() {
        closed = true;
        synchronized (idle) {
            idle.clear();
        }
    }

    /** The result of this name, or a complaint that it is missing. */
    static Tensor required(@Nullable Tensor t, String name) {
        if (t == null) {
            throw new LatheException(Diagnostic.error(
                    "run.missing-output",
                    "no tensor is given for output \"" + name + "\"",
                    "give one for every output"));
        }
        return t;
    }
}
