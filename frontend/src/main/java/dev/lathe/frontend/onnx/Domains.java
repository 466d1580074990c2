package dev.lathe.frontend.onnx;

/** Domains of operators outside the standard's own, as the names of operators begin with them in the tables. */
final class Domains {
    static final String MICROSOFT = "com.microsoft:";

    /** ONNX Runtime's blocked layout. */
    static final String BLOCKED = "com.microsoft.nchwc:";

    static final String ML = "ai.onnx.ml:";

    private Domains() {}
}
