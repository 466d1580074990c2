package dev.lathe.runtime;

/** What this machine offers to generated code. Reading it never loads a class of the Vector API when that is absent. */
public final class Machine {
    private Machine() {}

    /** The system property that keeps generated code from using vectors. */
    static final String SCALAR_PROPERTY = "lathe.scalar";

    static final String VECTOR_MODULE = "jdk.incubator.vector";

    /** Whether to use vectors: the module {@code jdk.incubator.vector} is part of this JVM, and nobody forbids it. */
    public static final boolean VECTOR = !Boolean.getBoolean(SCALAR_PROPERTY)
            && ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();

    /** Floats in a vector of the preferred width; 1 without the Vector API. */
    public static final int LANES = VECTOR ? VectorPrimitives.LANES : 1;

    /** Vector registers: 32 with AVX-512 and on AArch64, 16 with AVX2 and SSE. */
    public static final int REGISTERS = registers();

    /** The option that gives a JVM the Vector API. */
    public static final String VECTOR_OPTION = "--add-modules " + VECTOR_MODULE;

    private static int registers() {
        boolean x86 = switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64", "x86", "i386" -> true;
            default -> false;
        };
        return x86 && LANES < 16 ? 16 : 32;
    }

    /** The processors that the JVM may use. */
    public static int processors() {
        return Runtime.getRuntime().availableProcessors();
    }
}
