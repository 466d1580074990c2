package dev.lathe.peers;

import dev.lathe.peers.NetworkWriter.Feature;
import java.util.ArrayList;
import java.util.List;

/** Known architectures that say something of places in an image. */
final class PictureNetworks {
    static final int SEGMENTED = 256;
    static final int DETECTED = 640;

    private static final int CLASSES = 80;
    /** How finely a distance is told. */
    private static final int BINS = 16;
    /** The mean of what is told of a class: one box of a thousand is sure of something, and 501 are left. */
    private static final float UNLIKELY = -1.48f;

    private PictureNetworks() {}

    // Ronneberger et al. 2015, as Buda et al. 2019 have it, with half as many channels.
    static List<Feature> uNet(NetworkWriter w, String image) {
        Feature x = w.image(image, 3, SEGMENTED);
        List<Feature> left = new ArrayList<>();
        for (int width = 32; width <= 256; width *= 2) {
            x = twice(w, x, width);
            left.addLast(x);
            x = w.pool("MaxPool", x, 2, 2, 0, false);
        }
        x = twice(w, x, 512);
        for (Feature side : left.reversed()) {
            x = w.transposedConv(x, side.channels(), 2, 2);
            x = twice(w, w.concat(List.of(x, side)), side.channels());
        }
        return List.of(w.map("Sigmoid", w.biasedConv(x, 1, 1, 1, 0, 1)));
    }

    private static Feature twice(NetworkWriter w, Feature x, int width) {
        return w.map("Relu", w.conv(w.map("Relu", w.conv(x, width, 3, 1, 1)), width, 3, 1, 1));
    }

    // YOLOv8n (Jocher et al. 2023), and what finds boxes in its results.
    static List<Feature> yolo(NetworkWriter w, String image) {
        Feature x = conv(w, w.image(image, 3, DETECTED), 16, 3, 2);
        x = parts(w, conv(w, x, 32, 3, 2), 32, 1, true);
        Feature fine = parts(w, conv(w, x, 64, 3, 2), 64, 2, true);
        Feature middle = parts(w, conv(w, fine, 128, 3, 2), 128, 2, true);
        Feature coarse = pyramid(w, parts(w, conv(w, middle, 256, 3, 2), 256, 1, true));
        Feature up = parts(w, w.concat(List.of(twiceAsLarge(w, coarse), middle)), 128, 1, false);
        Feature small = parts(w, w.concat(List.of(twiceAsLarge(w, up), fine)), 64, 1, false);
        Feature medium = parts(w, w.concat(List.of(conv(w, small, 64, 3, 2), up)), 128, 1, false);
        Feature large = parts(w, w.concat(List.of(conv(w, medium, 128, 3, 2), coarse)), 256, 1, false);
        List<Feature> scales = new ArrayList<>();
        List<Integer> sizes = List.of(DETECTED / 8, DETECTED / 16, DETECTED / 32);
        for (Feature scale : List.of(small, medium, large)) {
            Feature box = w.biasedConv(conv(w, conv(w, scale, 64, 3, 1), 64, 3, 1), 4 * BINS, 1, 1, 0, 1);
            Feature kind = conv(w, conv(w, scale, CLASSES, 3, 1), CLASSES, 3, 1);
            kind = w.biasedConv(kind, CLASSES, 1, 1, 0, 1, UNLIKELY);
            int size = sizes.get(scales.size());
            scales.add(w.reshape(w.concat(List.of(box, kind)), 1, 4 * BINS + CLASSES, (long) size * size));
        }
        String all = w.node("Concat", scales.stream().map(Feature::name).toList(), Attributes.integer("axis", 2));
        return boxes(w, all, sizes);
    }

    private static Feature conv(NetworkWriter w, Feature x, int out, int kernel, int stride) {
        return w.silu(w.conv(x, out, kernel, stride, 1));
    }

    /** A part of the channels goes through some blocks, and all that comes out on the way is joined. */
    private static Feature parts(NetworkWriter w, Feature x, int out, int blocks, boolean adds) {
        int half = out / 2;
        Feature both = conv(w, x, out, 1, 1);
        List<String> halves =
                w.node("Split", List.of(both.name(), w.integers(half, half)), 2, Attributes.integer("axis", 1));
        List<Feature> all = new ArrayList<>(
                halves.stream().map(name -> new Feature(name, half)).toList());
        for (int i = 0; i < blocks; i++) {
            Feature last = all.getLast();
            Feature y = conv(w, conv(w, last, half, 3, 1), half, 3, 1);
            all.add(adds ? w.join("Add", last, y) : y);
        }
        return conv(w, w.concat(all), out, 1, 1);
    }

    /** Maxima over windows of 5, 9 and 13 pixels. */
    private static Feature pyramid(NetworkWriter w, Feature x) {
        List<Feature> all = new ArrayList<>(List.of(conv(w, x, x.channels() / 2, 1, 1)));
        for (int i = 0; i < 3; i++) {
            all.add(w.pool("MaxPool", all.getLast(), 5, 1, 2, false));
        }
        return conv(w, w.concat(all), x.channels(), 1, 1);
    }

    private static Feature twiceAsLarge(NetworkWriter w, Feature x) {
        String scales = w.values(new float[] {1, 1, 2, 2}, 4);
        return new Feature(
                w.node(
                        "Resize",
                        List.of(x.name(), "", scales),
                        Attributes.text("mode", "nearest"),
                        Attributes.text("coordinate_transformation_mode", "asymmetric"),
                        Attributes.text("nearest_mode", "floor")),
                x.channels());
    }

    /** The boxes, their scores and classes that are left of overlapping ones. */
    private static List<Feature> boxes(NetworkWriter w, String all, List<Integer> sizes) {
        int places = sizes.stream().mapToInt(s -> s * s).sum();
        float[] centers = new float[2 * places];
        float[] strides = new float[places];
        int at = 0;
        for (int size : sizes) {
            for (int i = 0; i < size * size; i++, at++) {
                int row = i / size;
                centers[at] = i % size + 0.5f;
                centers[places + at] = row + 0.5f;
                strides[at] = (float) DETECTED / size;
            }
        }
        List<String> halves =
                w.node("Split", List.of(all, w.integers(4 * BINS, CLASSES)), 2, Attributes.integer("axis", 1));
        // The mean of each distance's distribution.
        Feature bins = w.reshape(new Feature(halves.getFirst(), BINS), 1, 4, BINS, places);
        bins = w.map("Softmax", w.transpose(bins, 0, 2, 1, 3), Attributes.integer("axis", 1));
        Feature distances = w.reshape(w.mean(bins), 1, 4, places);
        List<String> ends =
                w.node("Split", List.of(distances.name(), w.integers(2, 2)), 2, Attributes.integer("axis", 1));
        String center = w.values(centers, 1, 2, places);
        String first = w.node("Sub", List.of(center, ends.getFirst()));
        String last = w.node("Add", List.of(center, ends.getLast()));
        String middle = w.node("Div", List.of(w.node("Add", List.of(first, last)), w.scalar(2)));
        String size = w.node("Sub", List.of(last, first));
        String boxes = w.node("Concat", List.of(middle, size), Attributes.integer("axis", 1));
        boxes = w.node("Mul", List.of(boxes, w.values(strides, 1, places)));
        boxes = w.node("Transpose", List.of(boxes), Attributes.integers("perm", 0, 2, 1));
        String scores = w.node("Sigmoid", List.of(halves.getLast()));
        String kept = w.node(
                "NonMaxSuppression",
                List.of(boxes, scores, w.index(100), w.one(0.45f), w.one(0.25f)),
                Attributes.integer("center_point_box", 1));
        String kinds = w.node("Gather", List.of(kept, w.index(1)), Attributes.integer("axis", 1));
        String found = w.node("Gather", List.of(kept, w.index(2)), Attributes.integer("axis", 1));
        String left = w.node("Gather", List.of(boxes, found), Attributes.integer("axis", 1));
        String sure = w.node("GatherND", List.of(scores, kept));
        return List.of(new Feature(left, 4), new Feature(sure, 1), new Feature(kinds, 0));
    }
}
