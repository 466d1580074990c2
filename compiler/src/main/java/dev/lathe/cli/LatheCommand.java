package dev.lathe.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.ParentCommand;

/** What every command has. */
abstract class LatheCommand implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Main main;

    final Terminal terminal() {
        return main.terminal();
    }

    final PrintWriter out() {
        return main.terminal().out();
    }

    /** Tells a person something that is no result, such as how long it took. */
    final void note(String text) {
        terminal().err().println(terminal().faint(text));
        terminal().err().flush();
    }
}
