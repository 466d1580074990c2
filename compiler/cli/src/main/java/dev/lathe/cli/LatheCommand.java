package dev.lathe.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What every command has. */
abstract class LatheCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    final Terminal terminal() {
        return ((Main) spec.root().userObject()).terminal();
    }

    final PrintWriter out() {
        return terminal().out();
    }

    /** Tells a person something that is no result, such as how long it took. */
    final void note(String text) {
        terminal().err().println(terminal().faint(text));
        terminal().err().flush();
    }
}
