package dev.lathe.compress;

import dev.lathe.passes.Pass;
import java.util.List;

/** A way to make a model smaller. Its text is what people type for it: the flags of a command. */
public interface Strategy {

    /** Passes that come first and keep what is computed; what the others change is compared with their result. */
    default List<Pass> preparation() {
        return List.of();
    }

    /** The passes that do it, one after the other, on a model after the target-independent passes. */
    List<Pass> passes();

    /** What it is, as people read it in a table. */
    default String words() {
        return toString();
    }

    /**
     * The same with what recovers some of what it loses, for as many bytes, in the order in which it is worth trying;
     * none if there is nothing.
     */
    default List<Strategy> cured() {
        return List.of();
    }

    /** What loses less than this, nearest first. */
    default List<Strategy> milder() {
        return List.of();
    }
}
