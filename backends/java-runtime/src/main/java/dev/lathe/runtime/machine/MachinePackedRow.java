package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * Products of one row with panels of packed columns in machine code, with the bits of {@link MachineTiles}. Whatever
 * they touch is checked here before the call.
 */
public final class MachinePackedRow {
    /** Multiply-adds of a call at most, since no garbage is collected meanwhile: some microseconds. */
    private static final int LONGEST = 1 << 19;

    /** See {@link PackedRowCode} for the arguments. */
    private static final MethodHandle CALL = MachineSparse.handle(4, 7);

    private final int width;
    /** By the number of panels side by side. */
    private final MemorySegment[] functions;

    MachinePackedRow(Form form, MemorySegment[] functions) {
        this.width = 2 * form.lanes;
        this.functions = functions;
    }

    static MachinePackedRow of(Form form, Convention convention, ExecutableMemory memory)
            throws ExecutableMemory.RefusedException {
        MemorySegment[] functions = new MemorySegment[PackedRowCode.MOST + 1];
        for (int panels = 1; panels < functions.length; panels++) {
            functions[panels] = memory.holding(PackedRowCode.write(convention, form, panels));
        }
        return new MachinePackedRow(form, functions);
    }

    /** Columns of a panel: two vectors of floats. */
    int width() {
        return width;
    }

    /**
     * {@code c[j] = init[j] + Σ a[i] * b[i][j]} over the depth, in its order and rounded once a step.
     *
     * @param a the row, from {@code aAt} on
     * @param b the panels, one behind the other, from {@code bAt} on
     * @param panels how many, of which all columns are stored
     * @param init a value for each column, from {@code initAt} on
     * @param c the result, from {@code cAt} on
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void multiply(
            float[] a,
            int aAt,
            int depth,
            float[] b,
            int bAt,
            int panels,
            float[] init,
            int initAt,
            float[] c,
            int cAt) {
        Objects.checkFromIndexSize(0, panels, Integer.MAX_VALUE);
        long columns = (long) panels * width;
        Objects.checkFromIndexSize(aAt, depth, a.length);
        Objects.checkFromIndexSize((long) bAt, columns * depth, (long) b.length);
        Objects.checkFromIndexSize((long) initAt, columns, (long) init.length);
        Objects.checkFromIndexSize((long) cAt, columns, (long) c.length);
        int side = functions.length - 1;
        int most = (int) Math.max(1, LONGEST / ((long) side * width * Math.max(1, depth)));
        for (int panel = 0; panel < panels; ) {
            int together = Math.min(side, panels - panel);
            int times = Math.min(most, (panels - panel) / together);
            long column = (long) panel * width;
            try {
                CALL.invokeExact(
                        functions[together],
                        MemorySegment.ofArray(a),
                        MemorySegment.ofArray(b),
                        MemorySegment.ofArray(init),
                        MemorySegment.ofArray(c),
                        4L * width * depth,
                        (long) depth,
                        4L * aAt,
                        4L * (bAt + column * depth),
                        4L * (initAt + column),
                        4L * (cAt + column),
                        (long) times);
            } catch (Throwable e) {
                throw MachineTiles.unexpected(e);
            }
            panel += together * times;
        }
    }
}
