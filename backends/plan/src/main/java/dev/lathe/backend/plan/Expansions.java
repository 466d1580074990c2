package dev.lathe.backend.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Products that make the images of a convolution in which each channel has a filter of its own, and that nothing else
 * reads: one step, so that a target may compute some rows of both in turns, and the images need not be in memory as a
 * whole. Whether that pays depends on their size, which the kernel knows.
 */
final class Expansions {
    private Expansions() {}

    /**
     * The steps with each such pair as one; those inside of others stay.
     *
     * @param results what is read after all of them
     */
    static List<Instruction> joined(List<Instruction> steps, List<View> results) {
        List<View> read = new ArrayList<>(results);
        Step.all(steps).forEach(i -> read.addAll(i.step().reads()));
        List<Instruction> joined = new ArrayList<>();
        for (Instruction i : steps) {
            Instruction before = joined.isEmpty() ? null : joined.getLast();
            if (before != null
                    && before.step() instanceof Step.MatrixProduct product
                    && i.step() instanceof Step.Convolution convolution
                    && makes(product, convolution)
                    && read.stream()
                                    .filter(v ->
                                            v.place().equals(convolution.x().place()))
                                    .count()
                            == 1) {
                joined.removeLast();
                joined.add(new Instruction(before.location().and(i.location()), i.value(), convolution.after(product)));
            } else {
                joined.add(i);
            }
        }
        return joined;
    }

    private static boolean makes(Step.MatrixProduct product, Step.Convolution convolution) {
        View image = convolution.x();
        return convolution.form() == Step.Convolution.Form.DEPTHWISE
                && image.place() instanceof Place.Buffer
                && image.place().equals(product.to().place())
                && image.offset().equals(product.to().offset())
                && Stream.of(image, product.x(), product.to()).allMatch(View::isContiguous)
                && product.rows().equals(image.shape().slice(0, 3).elements())
                && image.shape().dim(3).isConstant(product.matrix().columns())
                && product.bytes().isEmpty()
                && convolution.bytes().isEmpty();
    }
}
