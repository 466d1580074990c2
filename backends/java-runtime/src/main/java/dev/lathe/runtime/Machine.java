package dev.lathe.runtime;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.runtime.machine.MachineAddress;
import dev.lathe.runtime.machine.MachineCode;
import dev.lathe.runtime.machine.MachineDepthwise;
import dev.lathe.runtime.machine.MachineFunction;
import dev.lathe.runtime.machine.MachineLayerNorm;
import dev.lathe.runtime.machine.MachinePools;
import dev.lathe.runtime.machine.MachineRounding;
import dev.lathe.runtime.machine.MachineRowProducts;
import dev.lathe.runtime.machine.MachineSoftmax;
import dev.lathe.runtime.machine.MachineSparse;
import dev.lathe.runtime.machine.MachineTiles;
import dev.lathe.runtime.machine.MachineTurn;
import dev.lathe.runtime.machine.TapLine;
import dev.lathe.runtime.machine.VectorFunction;
import org.jspecify.annotations.Nullable;

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

    /** The system property that chooses register tiles: {@code machine}, {@code vector} or {@code scalar}. */
    private static final String TILES_PROPERTY = "lathe.tiles";

    private static final String MACHINE_TILES = "machine";
    private static final String VECTOR_TILES = "vector";
    private static final String SCALAR_TILES = "scalar";

    /**
     * Whether products run on the tiles of the Vector API, which a model brings; else on {@link #tiles}.
     *
     * @throws LatheException {@code run.tiles} if the system property {@code lathe.tiles} names no tiles
     */
    public static boolean hasVectorTiles() {
        return VECTOR && !chosenTiles().equals(SCALAR_TILES) && floatTiles() == null;
    }

    /** The tiles that products run on where they are not those of the Vector API: in machine code, if it can be. */
    public static Tiles tiles() {
        MachineTiles machine = floatTiles();
        return machine == null ? new ScalarTiles() : new FloatTiles(machine, MachineCode.packedRow(machine.width()));
    }

    /** Tiles of floats as wide as vectors are, or, without the Vector API, as the processor has them. */
    private static @Nullable MachineTiles floatTiles() {
        if (!chosenTiles().equals(MACHINE_TILES)) {
            return null;
        }
        if (VECTOR) {
            return MachineCode.floats(2 * LANES);
        }
        MachineTiles wide = MachineCode.floats(32);
        return wide == null ? MachineCode.floats(16) : wide;
    }

    /** Tiles of bytes with panels of this width; null if there are none. */
    static @Nullable MachineTiles byteTiles(int width) {
        return chosenTiles().equals(MACHINE_TILES) ? MachineCode.bytes(width) : null;
    }

    /** Tiles of brain floats with panels of this width; null if there are none. */
    static @Nullable MachineTiles brainTiles(int width) {
        return chosenTiles().equals(MACHINE_TILES) ? MachineCode.halves(width) : null;
    }

    /** The layer normalization of rows in machine code; null if there is none. */
    static @Nullable MachineLayerNorm layerNorm() {
        return chosenTiles().equals(MACHINE_TILES) ? MachineCode.layerNorm() : null;
    }

    /** The softmax of rows in machine code; null if there is none. */
    static @Nullable MachineSoftmax softmax() {
        return chosenTiles().equals(MACHINE_TILES) ? MachineCode.softmax() : null;
    }

    /** Products of one row with matrices that are not packed, in machine code; null if there are none. */
    static @Nullable MachineRowProducts rowProducts() {
        return chosenTiles().equals(MACHINE_TILES) ? MachineCode.rowProducts() : null;
    }

    /** What rounds left operands for {@link #brainTiles}; null if there are none. */
    static @Nullable MachineRounding rounding() {
        return chosenTiles().equals(MACHINE_TILES) ? MachineCode.rounding() : null;
    }

    /** Products that skip zeros in machine code, with vectors as those of float tiles; null if there are none. */
    static @Nullable MachineSparse sparse() {
        MachineTiles tiles = floatTiles();
        return tiles == null ? null : MachineCode.sparse(tiles.width() / 2);
    }

    /** Convolutions of channels with filters of their own in machine code, for such lines; null if there are none. */
    static @Nullable MachineDepthwise depthwise(TapLine line) {
        return chosenTiles().equals(MACHINE_TILES) ? MachineCode.depthwise(line) : null;
    }

    /** Pools in machine code; null if there are none. */
    static @Nullable MachinePools pools() {
        return chosenTiles().equals(MACHINE_TILES) ? MachineCode.pools() : null;
    }

    /** What turns rows of narrow elements over in machine code; null if there is none. */
    static @Nullable MachineTurn turn() {
        return chosenTiles().equals(MACHINE_TILES) ? MachineCode.turn() : null;
    }

    /** What tells the addresses of arrays; null if there is no machine code. */
    static @Nullable MachineAddress address() {
        return chosenTiles().equals(MACHINE_TILES) ? MachineCode.address() : null;
    }

    /** A function for sums in registers; null if there is no such code, or it needs too many of them. */
    static @Nullable MachineFunction function(VectorFunction function) {
        return chosenTiles().equals(MACHINE_TILES) ? MachineCode.function(function) : null;
    }

    /**
     * Whether products run on tiles in machine code.
     *
     * @param missing what keeps them from it; empty if nothing does
     * @param remedy how to get it
     * @param processor what of the processor the tiles use; empty if there are none
     * @param brainFloats whether there are tiles of brain floats, for models that may round to these
     */
    public record MachineTilesReport(String missing, String remedy, String processor, boolean brainFloats) {
        private static MachineTilesReport of(String missing, String remedy) {
            return new MachineTilesReport(missing, remedy, "", false);
        }
    }

    /** Whether products of this JVM run on tiles in machine code, and why not. */
    public static MachineTilesReport machineTiles() {
        if (!chosenTiles().equals(MACHINE_TILES)) {
            String option = System.getProperty(TILES_PROPERTY) == null ? SCALAR_PROPERTY : TILES_PROPERTY;
            return MachineTilesReport.of("the option -D" + option + " forbids them", "leave it out");
        }
        if (!MachineCode.missing().isEmpty()) {
            return MachineTilesReport.of(MachineCode.missing(), MachineCode.remedy());
        }
        return floatTiles() == null
                ? MachineTilesReport.of(
                        "there are none for vectors of " + 32 * LANES + " bits",
                        "leave out the options that make vectors narrower")
                : new MachineTilesReport("", "", MachineCode.processor(), brainTiles(tiles().width()) != null);
    }

    private static String chosenTiles() {
        String otherwise = Boolean.getBoolean(SCALAR_PROPERTY) ? SCALAR_TILES : MACHINE_TILES;
        String chosen = System.getProperty(TILES_PROPERTY, otherwise);
        return switch (chosen) {
            case MACHINE_TILES, VECTOR_TILES, SCALAR_TILES -> chosen;
            default ->
                throw new LatheException(Diagnostic.error(
                        "run.tiles",
                        "there are no tiles '" + chosen + "'",
                        "start Java with -D" + TILES_PROPERTY + "=machine, vector or scalar"));
        };
    }

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
