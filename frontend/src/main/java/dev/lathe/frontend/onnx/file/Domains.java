package dev.lathe.frontend.onnx.file;

/** Domains of operators outside the standard's own, as the names of operators begin with them in the tables. */
public final class Domains {
    public static final String MICROSOFT = "com.microsoft:";

    /** ONNX Runtime's blocked layout. */
    public static final String BLOCKED = "com.microsoft.nchwc:";

    public static final String ML = "ai.onnx.ml:";

    private Domains() {}
}
