package dev.lathe.backend;

/** Whether a target can run a node. */
public sealed interface Support {
    Support YES = new Yes();

    /** It can. */
    record Yes() implements Support {}

    /**
     * It cannot.
     *
     * @param reason what about the node is too much for the target, such as {@code strides of 4 or more}
     * @param remedy what the user can do
     */
    record No(String reason, String remedy) implements Support {}
}
