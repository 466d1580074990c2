package dev.lathe.peers;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.function.LongSupplier;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Reads so many bytes and writes so many, in order: no step that does both takes less. As in a call, inputs are written
 * before that and results are read after it, which is not counted, so that the same caches hold them.
 */
final class CopyLoop implements LongSupplier {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final int BYTES = F.vectorByteSize();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private final MemorySegment given;
    private final MemorySegment from;
    private final MemorySegment to;
    private final MemorySegment taken;
    /** So that reading is not left out. */
    private float sum;

    /** @param weights what is read beside the inputs */
    CopyLoop(long inputs, long weights, long outputs) {
        given = Arena.ofAuto().allocate(whole(inputs), BYTES);
        from = Arena.ofAuto().allocate(whole(inputs + weights), BYTES);
        to = Arena.ofAuto().allocate(whole(outputs), BYTES);
        taken = Arena.ofAuto().allocate(whole(outputs), BYTES);
    }

    private static long whole(long bytes) {
        return Math.ceilDiv(bytes, BYTES) * BYTES;
    }

    @Override
    public long getAsLong() {
        MemorySegment.copy(given, 0, from, 0, given.byteSize());
        long start = System.nanoTime();
        run();
        long nanos = System.nanoTime() - start;
        MemorySegment.copy(to, 0, taken, 0, to.byteSize());
        return nanos;
    }

    private void run() {
        long both = Math.min(from.byteSize(), to.byteSize());
        copy(both);
        read(both);
        write(both);
    }

    private void copy(long end) {
        for (long at = 0; at < end; at += BYTES) {
            FloatVector.fromMemorySegment(F, from, at, ORDER).intoMemorySegment(to, at, ORDER);
        }
    }

    private void read(long begin) {
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long end = from.byteSize() - 3L * BYTES;
        long at = begin;
        for (; at < end; at += 4L * BYTES) {
            a = a.add(FloatVector.fromMemorySegment(F, from, at, ORDER));
            b = b.add(FloatVector.fromMemorySegment(F, from, at + BYTES, ORDER));
            c = c.add(FloatVector.fromMemorySegment(F, from, at + 2L * BYTES, ORDER));
            d = d.add(FloatVector.fromMemorySegment(F, from, at + 3L * BYTES, ORDER));
        }
        sum = a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    }

    private void write(long begin) {
        FloatVector value = FloatVector.broadcast(F, sum);
        for (long at = begin; at < to.byteSize(); at += BYTES) {
            value.intoMemorySegment(to, at, ORDER);
        }
    }
}
