package dev.lathe.serve;

import dev.lathe.ir.diag.Diagnostic;

/** A request that is not served, with the status of its response. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    static final int BAD_REQUEST = 400;
    static final int NOT_FOUND = 404;
    static final int METHOD_NOT_ALLOWED = 405;
    static final int TOO_LARGE = 413;
    static final int UNSUPPORTED_MEDIA_TYPE = 415;
    static final int TOO_MANY_REQUESTS = 429;
    static final int INTERNAL = 500;
    static final int UNAVAILABLE = 503;
    static final int TIMED_OUT = 504;

    private final int status;
    private final transient Diagnostic diagnostic;

    Refusal(int status, Diagnostic diagnostic) {
        super(diagnostic.toString(), null, false, false);
        this.status = status;
        this.diagnostic = diagnostic;
    }

    /** A request that says something wrong. */
    static Refusal badRequest(String what, String fix) {
        return new Refusal(BAD_REQUEST, Diagnostic.error("serve.request", what, fix));
    }

    /** A request for which there is no memory now. */
    static Refusal noMemory() {
        return new Refusal(
                UNAVAILABLE,
                Diagnostic.error(
                        "serve.memory",
                        "the server has no memory left for another request",
                        "send the request again later, or give the server more memory with -Xmx"));
    }

    /** A request that comes while the server stops. */
    static Refusal stopping() {
        return new Refusal(
                UNAVAILABLE,
                Diagnostic.error("serve.stopping", "the server is stopping", "send the request to another server"));
    }

    int status() {
        return status;
    }

    Diagnostic diagnostic() {
        return diagnostic;
    }

    /** Whether the same request may be served a little later. */
    boolean isTemporary() {
        return status == UNAVAILABLE || status == TOO_MANY_REQUESTS;
    }
}
