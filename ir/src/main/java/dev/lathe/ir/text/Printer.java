package dev.lathe.ir.text;

import dev.lathe.ir.Graph;

/** Prints graphs as IR text. */
public final class Printer {
    private Printer() {}

    public static String print(Graph graph) {
        return "graph @" + graph.name();
    }
}
