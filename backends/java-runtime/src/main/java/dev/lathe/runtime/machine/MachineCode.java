package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tiles that this process has in machine code. They are written when they are first asked for, and are there where
 * native access is enabled without a warning, the system grants executable memory, and the processor has the
 * instructions.
 */
public final class MachineCode {
    /** What the process has found. */
    private record Found(
            @Nullable Convention convention,
            @Nullable ExecutableMemory memory,
            @Nullable Processor processor,
            String missing,
            String remedy) {

        static Found missing(String what, String remedy) {
            return new Found(null, null, null, what, remedy);
        }
    }

    private static final class Holder {
        static final Found FOUND = find();
    }

    /** The tiles that were asked for; guarded by this class. */
    private static final Map<Form, Map<TileCode.Kind, MachineTiles>> TILES = new EnumMap<>(Form.class);

    /** The products that skip zeros that were asked for; guarded by this class. */
    private static final Map<Form, MachineSparse> SPARSE = new EnumMap<>(Form.class);

    /** The products of one packed row that were asked for; guarded by this class. */
    private static final Map<Form, MachinePackedRow> PACKED_ROWS = new EnumMap<>(Form.class);

    /** The convolutions of channels with filters of their own that were asked for; guarded by this class. */
    private static final Map<TapLine, MachineDepthwise> DEPTHWISE = new HashMap<>();

    /** The pools, once they were asked for; guarded by this class. */
    private static @Nullable MachinePools pools;

    /** The layer normalization, once it was asked for; guarded by this class. */
    private static @Nullable MachineLayerNorm layerNorm;

    /** The softmax, once it was asked for; guarded by this class. */
    private static @Nullable MachineSoftmax softmax;

    /** The products of one row, once they were asked for; guarded by this class. */
    private static @Nullable MachineRowProducts rowProducts;

    /** What rounds to brain floats, once it was asked for; guarded by this class. */
    private static @Nullable MachineRounding rounding;

    /** What turns rows over, once it was asked for; guarded by this class. */
    private static @Nullable MachineTurn turn;

    /** What tells addresses, once it was asked for; guarded by this class. */
    private static @Nullable MachineAddress address;

    /** The functions that were asked for; guarded by this class. */
    private static final Map<VectorFunction, MachineFunction> FUNCTIONS = new HashMap<>();

    private MachineCode() {}

    /** Tiles of floats with panels of this width; null if there are none. */
    public static @Nullable MachineTiles floats(int width) {
        return tiles(TileCode.Kind.FLOATS, width);
    }

    /** Tiles of bytes with panels of this width; null if there are none. */
    public static @Nullable MachineTiles bytes(int width) {
        return tiles(TileCode.Kind.BYTES, width);
    }

    /** Tiles of brain floats with panels of this width; null if there are none. */
    public static @Nullable MachineTiles halves(int width) {
        return tiles(TileCode.Kind.HALVES, width);
    }

    /** Convolutions of channels with filters of their own, whose lines are these; null if there are none. */
    public static synchronized @Nullable MachineDepthwise depthwise(TapLine line) {
        MachineDepthwise known = made(
                DEPTHWISE.get(line), has512(), (convention, memory) -> MachineDepthwise.of(line, convention, memory));
        if (known != null) {
            DEPTHWISE.put(line, known);
        }
        return known;
    }

    /** Pools of images with the channels last; null if there are none. */
    public static synchronized @Nullable MachinePools pools() {
        pools = made(pools, has512(), MachinePools::of);
        return pools;
    }

    /** The layer normalization of rows; null if there is none. */
    public static synchronized @Nullable MachineLayerNorm layerNorm() {
        layerNorm = made(layerNorm, has512(), MachineLayerNorm::of);
        return layerNorm;
    }

    /** The softmax of rows; null if there is none. */
    public static synchronized @Nullable MachineSoftmax softmax() {
        softmax = made(softmax, has512(), MachineSoftmax::of);
        return softmax;
    }

    /** Products of one row with matrices that are not packed; null if there are none. */
    public static synchronized @Nullable MachineRowProducts rowProducts() {
        rowProducts = made(rowProducts, has512(), MachineRowProducts::of);
        return rowProducts;
    }

    /** What rounds to brain floats; there where there are tiles of these, else null. */
    public static synchronized @Nullable MachineRounding rounding() {
        rounding = made(rounding, hasHalves512(), MachineRounding::of);
        return rounding;
    }

    /** What turns rows of narrow elements over; null if there is none. */
    public static synchronized @Nullable MachineTurn turn() {
        turn = made(turn, has512(), MachineTurn::of);
        return turn;
    }

    /** What tells the addresses of arrays; null if there is no machine code. */
    public static synchronized @Nullable MachineAddress address() {
        address = made(address, true, MachineAddress::of);
        return address;
    }

    private static boolean has512() {
        Processor processor = Holder.FOUND.processor;
        return processor != null && processor.avx512();
    }

    private static boolean hasHalves512() {
        Processor processor = Holder.FOUND.processor;
        return processor != null && processor.halves512();
    }

    private interface Maker<T> {
        T of(Convention convention, ExecutableMemory memory) throws ExecutableMemory.RefusedException;
    }

    /** What is known already, else what {@code maker} writes if the processor suits it; null if there is none. */
    private static <T> @Nullable T made(@Nullable T known, boolean suits, Maker<T> maker) {
        Found found = Holder.FOUND;
        if (known != null || !suits || found.convention == null || found.memory == null) {
            return known;
        }
        try {
            return maker.of(found.convention, found.memory);
        } catch (ExecutableMemory.RefusedException e) {
            return null; // as with tiles
        }
    }

    /** A function for sums of tiles and of {@link #depthwise}, where these are; null if it has too many values. */
    public static synchronized @Nullable MachineFunction function(VectorFunction function) {
        Found found = Holder.FOUND;
        MachineFunction known = FUNCTIONS.get(function);
        if (known != null || found.memory == null || found.processor == null || !found.processor.avx512()) {
            return known;
        }
        FunctionCode.Code code = FunctionCode.write(function);
        if (code == null) {
            return null;
        }
        try {
            known = new MachineFunction(found.memory.holding(code.bytes()), code.entries(), function);
        } catch (ExecutableMemory.RefusedException e) {
            return null; // as with tiles
        }
        FUNCTIONS.put(function, known);
        return known;
    }

    /** Products that skip zeros, with vectors of so many floats; null if there are none. */
    public static @Nullable MachineSparse sparse(int lanes) {
        return made(SPARSE, lanes, MachineSparse::of);
    }

    /** Products of one row with panels of this width; there where {@link #floats} are, else null. */
    public static @Nullable MachinePackedRow packedRow(int width) {
        return made(PACKED_ROWS, width / 2, MachinePackedRow::of);
    }

    private interface FormMaker<T> {
        T of(Form form, Convention convention, ExecutableMemory memory) throws ExecutableMemory.RefusedException;
    }

    /** What is known already of products of floats with vectors of so many, else what {@code maker} writes. */
    private static synchronized <T> @Nullable T made(Map<Form, T> known, int lanes, FormMaker<T> maker) {
        Found found = Holder.FOUND;
        for (Form form : Form.values()) {
            if (form.lanes == lanes && found.processor != null && found.processor.runs(TileCode.Kind.FLOATS, form)) {
                T made = made(known.get(form), true, (convention, memory) -> maker.of(form, convention, memory));
                if (made != null) {
                    known.put(form, made);
                }
                return made;
            }
        }
        return null;
    }

    /** What this process lacks to run machine code at all; empty if nothing. */
    public static String missing() {
        return Holder.FOUND.missing;
    }

    /** How to get what is missing. */
    public static String remedy() {
        return Holder.FOUND.remedy;
    }

    /** What the processor has for tiles, in words. */
    public static String processor() {
        return String.valueOf(Holder.FOUND.processor);
    }

    private static @Nullable MachineTiles tiles(TileCode.Kind kind, int width) {
        Found found = Holder.FOUND;
        for (Form form : Form.values()) {
            if (found.convention != null
                    && found.memory != null
                    && found.processor != null
                    && width == 2 * form.lanes
                    && found.processor.runs(kind, form)) {
                return tiles(kind, form, found.convention, found.memory);
            }
        }
        return null;
    }

    private static synchronized @Nullable MachineTiles tiles(
            TileCode.Kind kind, Form form, Convention convention, ExecutableMemory memory) {
        Map<TileCode.Kind, MachineTiles> known = TILES.get(form);
        if (known == null) {
            known = new EnumMap<>(TileCode.Kind.class);
            TILES.put(form, known);
        }
        MachineTiles tiles = known.get(kind);
        if (tiles == null) {
            try {
                tiles = MachineTiles.of(kind, form, convention, memory);
            } catch (ExecutableMemory.RefusedException e) {
                return null; // there was some for the question to the processor, and now there is none
            }
            known.put(kind, tiles);
        }
        return tiles;
    }

    private static Found find() {
        String arch = System.getProperty("os.arch", "");
        if (!arch.equals("amd64") && !arch.equals("x86_64")) {
            return Found.missing(
                    "tiles in machine code are for x86-64, and this is " + arch, "run on such a processor");
        }
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        boolean windows = system.startsWith("windows");
        if (!windows && !system.startsWith("linux")) {
            return Found.missing("there are no tiles in machine code for this system", "run on Linux or on Windows");
        }
        Module own = MachineCode.class.getModule();
        if (!own.isNativeAccessEnabled()) {
            return Found.missing(
                    "native access is not enabled",
                    "start Java with --enable-native-access=" + (own.isNamed() ? own.getName() : "ALL-UNNAMED"));
        }
        Convention convention = windows ? Convention.WINDOWS : Convention.SYSTEM_V;
        try {
            ExecutableMemory memory = ExecutableMemory.of(convention);
            Processor processor = Processor.ask(convention, memory);
            return processor.avx2()
                    ? new Found(convention, memory, processor, "", "")
                    : Found.missing("the processor has no AVX2", "run on a processor of 2013 or later");
        } catch (ExecutableMemory.RefusedException | UnsupportedOperationException | IllegalArgumentException e) {
            return Found.missing(
                    "the system grants no executable memory: " + e.getMessage(),
                    "allow it, for example with a security policy that lets Java map files in memory for execution");
        }
    }
}
