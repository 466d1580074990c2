package dev.lathe;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A model of the target {@link Lathe#REFERENCE}, which is interpreted. */
record ReferenceModel(Graph compiled) implements Model {
    @Override
    public String target() {
        return Lathe.REFERENCE;
    }

    @Override
    public Optional<Graph> graph() {
        return Optional.of(compiled);
    }

    @Override
    public Executable load() {
        return new ReferenceEvaluator(compiled);
    }

    @Override
    public void write(Path file) {
        throw new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "target.no-artifact",
                        "the target " + Lathe.REFERENCE + " interprets a graph and has no file to write",
                        "compile for another target, or write the graph with `lathe opt -o out.lir`")));
    }
}
