package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DivisionTest {

    @Test
    void eachPanelOfEachRowIsInOneTask() {
        Random random = new Random(1);
        for (int n = 0; n < 2000; n++) {
            int rows = random.nextInt(1 + random.nextInt(400));
            int panels = random.nextInt(1 + random.nextInt(40));
            int mostRows = 1 + random.nextInt(200);
            int workers = 1 + random.nextInt(1 + random.nextInt(16));
            long rowBytes = random.nextInt(10_000);
            Division d = Division.of(rows, panels, mostRows, 12, rowBytes, random.nextInt(1_000_000), workers);
            int[][] seen = new int[rows][panels];
            for (int task = 0; task < d.tasks(); task++) {
                for (int r = d.row(task); r < Math.min(rows, d.row(task) + d.rowsPerTask()); r++) {
                    for (int p = d.panel(task); p < Math.min(panels, d.panel(task) + d.panelsPerTask()); p++) {
                        seen[r][p]++;
                    }
                }
            }
            assertThat(seen).as("%s", d).isDeepEqualTo(ones(rows, panels));
        }
    }

    private static int[][] ones(int rows, int panels) {
        int[][] ones = new int[rows][panels];
        for (int[] row : ones) {
            Arrays.fill(row, 1);
        }
        return ones;
    }

    @Test
    void oneWorkerTakesBlocksThatFitItsCache() {
        Division d = Division.of(1000, 8, 300, 12, 1, 1, 1);
        assertThat(d.panelTasks()).isEqualTo(1);
        assertThat(d.panelsPerTask()).isEqualTo(8);
        assertThat(d.blocks()).isEqualTo(4);
        assertThat(d.rowsPerTask() % 12).isZero();
    }

    @Test
    void whatIsLargerIsDivided() {
        Division rows = Division.of(784, 8, 300, 12, 4 * (128 + 512), 4 * 128 * 512, 2);
        assertThat(rows.panelTasks()).isEqualTo(1);
        assertThat(rows.blocks() % 2).as("as many for each worker").isZero();
        Division panels = Division.of(49, 16, 300, 12, 4 * (4608 + 512), 4L * 4608 * 512, 2);
        assertThat(panels.panelTasks()).isEqualTo(16);
        assertThat(panels.blocks()).isEqualTo(1);
    }

    @Test
    void fewRowsOfFewPanelsAreTakenApart() {
        Division d = Division.of(100, 1, 300, 12, 4, 1_000_000, 4);
        assertThat(d.tasks()).isGreaterThanOrEqualTo(4);
    }
}
