package dev.lathe.frontend.onnx.write;

import dev.lathe.frontend.onnx.read.OnnxSource;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Constant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the ways of making the classes of a {@link Cover}: nodes of the model, weights, and what the tables say of
 * ops. Classes are found while ways are looked for, so what is left to look at is a queue.
 */
final class Exploration {
    private final Cover cover;
    private final ExportedModel model;
    private final Map<OnnxSource.Origin, Candidate> origins = new IdentityHashMap<>();
    private final Set<Node> written = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<ValueClass, LatheException> failures = new LinkedHashMap<>();
    private final Deque<Runnable> todo = new ArrayDeque<>();

    Exploration(Cover cover, ExportedModel model) {
        this.cover = cover;
        this.model = model;
    }

    /** Looks for ways later, unless the class is given by then. */
    void later(ValueClass c, Runnable explore) {
        todo.add(() -> {
            if (!c.isGiven()) {
                explore.run();
            }
        });
    }

    /** Looks later for the ways of what equals {@code root}, one of {@code c}. */
    void later(ValueClass c, Value root) {
        later(c, () -> explore(c, root));
    }

    /** Looks until there is nothing left to look for. */
    void run() {
        while (!todo.isEmpty()) {
            todo.poll().run();
        }
    }

    /** Adds a way, if the opset has it. */
    void add(ValueClass c, Candidate candidate) {
        if (candidate.original || candidate.opset <= model.opset()) {
            c.candidates.add(candidate);
        }
    }

    void failed(ValueClass c, LatheException e) {
        failures.putIfAbsent(c, e);
    }

    /** The first reason why a class has no way. */
    Optional<LatheException> failure() {
        return failures.values().stream().findFirst();
    }

    private void explore(ValueClass c, Value root) {
        for (Value v : model.equalities().members(root)) {
            model.origins(v).forEach(o -> original(c, v, o));
            weight(c, v);
            Node n = cover.node(v);
            if (n != null && !(n.op() instanceof Constant) && written.add(n)) {
                write(n);
            }
        }
    }

    private void weight(ValueClass c, Value v) {
        Candidate weight = model.writtenWeight(v);
        if (weight != null) {
            weight.addResult(c);
            c.candidates.add(weight.measured());
        } else if (c.constant != null && c.candidates.stream().noneMatch(x -> x.weight == c.constant)) {
            c.candidates.add(Candidate.weight(c, c.constant));
        }
        if (c.constant != null && c.candidates.stream().noneMatch(x -> x.sparse != null)) {
            Candidate sparse = model.sparseWeight(c.constant);
            if (sparse != null) {
                sparse.addResult(c);
                c.candidates.add(sparse.measured());
            }
        }
    }

    private void write(Node n) {
        OpWriter.joint(cover, n).ifPresent(c -> add(cover.of(n.result()), c));
        attempt(n, false);
        if (model.exports().mayExpand(n.op())) {
            attempt(n, true);
        }
    }

    private void attempt(Node n, boolean expanded) {
        try {
            Candidate made = OpWriter.write(cover, n, expanded);
            if (made.opset <= model.opset()) {
                new HashSet<>(made.results()).forEach(c -> add(c, made));
            }
        } catch (LatheException e) {
            n.results().forEach(v -> failed(cover.of(v), e));
        }
    }

    /** The node of the model that gave {@code v}, one of {@code c}. */
    void original(ValueClass c, Value v, OnnxSource.Origin origin) {
        if (!model.stillMeans(origin)) {
            return;
        }
        Candidate known = origins.get(origin);
        if (known == null) {
            known = Originals.candidate(cover, origin);
            origins.put(origin, known);
        }
        if (known.gives(c) && !c.candidates.contains(known) && !known.takes(c)) {
            c.candidates.add(known);
        }
    }
}
