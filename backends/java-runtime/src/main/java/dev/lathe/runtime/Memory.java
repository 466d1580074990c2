package dev.lathe.runtime;

import java.lang.management.ManagementFactory;

/** The memory of this JVM and of its machine, for advice. */
public final class Memory {
    /** What is left to the rest of the machine: a tenth. */
    private static final int MOST_TENTHS = 9;

    private Memory() {}

    /** The most that the Java heap may take, in MB. */
    public static long heapMegabytes() {
        return Runtime.getRuntime().maxMemory() >> 20;
    }

    /**
     * What to do when the heap is too small: {@code option} with a larger heap that this machine has, or else smaller
     * inputs.
     *
     * @param option what stands before the size, such as {@code java -Xmx}
     */
    public static String advice(String option) {
        return advice(option, heapMegabytes(), machineMegabytes());
    }

    static String advice(String option, long heap, long machine) {
        long most = machine < 0 ? Long.MAX_VALUE : machine / 10 * MOST_TENTHS;
        long better = Math.min(2 * heap, most);
        if (better < heap + heap / 8) {
            return "give the model smaller inputs, or use a machine with more memory: this one has " + machine + " MB";
        }
        return "give it more, for example " + option + better + "m, or give the model smaller inputs";
    }

    /** The memory of the machine, or of the container around this process; -1 where the JVM does not tell. */
    private static long machineMegabytes() {
        try {
            return ManagementFactory.getOperatingSystemMXBean()
                            instanceof com.sun.management.OperatingSystemMXBean system
                    ? system.getTotalMemorySize() >> 20
                    : -1;
        } catch (NoClassDefFoundError e) {
            return -1; // a Java runtime without the module jdk.management
        }
    }
}
