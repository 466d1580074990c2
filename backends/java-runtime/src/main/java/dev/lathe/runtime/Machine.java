package dev.lathe.runtime;

/** What this machine offers to generated code. Reading it never loads a class of the Vector API when that is absent. */
public final class Machine {
    private Machine() {}

    /** Whether the module {@code jdk.incubator.vector} is part of this JVM. */
    public static final boolean VECTOR = !Boolean.getBoolean("lathe.scalar")
            && ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    /** Floats in a vector of the preferred width; 1 without the Vector API. */
    public static final int LANES = VECTOR ? VectorFunctions.LANES : 1;

    /** Vector registers: 32 with AVX-512 and on AArch64, 16 with AVX2 and SSE. */
    public static final int REGISTERS = registers();

    /** The option that gives a JVM the Vector API. */
    public static final String VECTOR_OPTION = "--add-modules jdk.incubator.vector";

    private static int registers() {
        boolean x86 = System.getProperty("os.arch", "").matches("amd64|x86_64|x86|i386");
        return x86 && LANES < 16 ? 16 : 32;
    }

    /** The processors that the JVM may use. */
    public static int processors() {
        return Runtime.getRuntime().availableProcessors();
    }
}
