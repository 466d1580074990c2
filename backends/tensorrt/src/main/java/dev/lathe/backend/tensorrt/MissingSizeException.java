package dev.lathe.backend.tensorrt;

/** A size is missing because the node that gives it is. */
final class MissingSizeException extends RuntimeException {
    private static final long serialVersionUID = 1;
}
