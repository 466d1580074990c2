package dev.lathe.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** How {@link Tiles} divide rows. */
class TilesTest {
    private static List<Integer> heights(int rows, int maxRows) {
        List<Integer> heights = new ArrayList<>();
        for (int left = rows; left > 0; left -= heights.getLast()) {
            heights.add(Tiles.nextRows(left, maxRows));
        }
        return heights;
    }

    @Test
    void rowsThatLeaveOneOver() {
        assertEquals(List.of(10, 10, 10, 10, 9), heights(49, 12));
    }

    @Test
    void fewRows() {
        assertEquals(List.of(1), heights(1, 12));
        assertEquals(List.of(7), heights(7, 12));
        assertEquals(List.of(8, 5), heights(13, 12));
        assertEquals(List.of(), heights(0, 12));
    }

    /** No more tiles than needed, of about one height. */
    @Property
    void balance(@ForAll @IntRange(max = 2000) int rows, @ForAll @IntRange(min = 1, max = 12) int maxRows) {
        List<Integer> heights = heights(rows, maxRows);
        assertEquals(Math.ceilDiv(rows, maxRows), heights.size());
        for (int i = 0; i + 1 < heights.size(); i++) {
            assertTrue(heights.get(i) <= maxRows);
            assertTrue(heights.get(i) % 2 == 0 || maxRows % 2 != 0);
            assertTrue(heights.getFirst() - heights.get(i) <= 2, heights::toString);
        }
    }
}
