package dev.lathe.data;

import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file with a label for each sample: {@code .npy}, idx, or a number in each line. */
final class LabelFile {
    private LabelFile() {}

    static Tensor read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw DataReader.bad("there is no file of labels " + file, "check the path");
        }
        if (IdxFile.isOne(file)) {
            return IdxFile.read(file);
        }
        if (file.toString().endsWith(".npy")) {
            return Npy.read(file);
        }
        try {
            List<String> lines =
                    Files.readAllLines(file).stream().filter(l -> !l.isBlank()).toList();
            long[] all = new long[lines.size()];
            for (int i = 0; i < all.length; i++) {
                all[i] = number(lines.get(i).strip(), file, i);
            }
            return Tensor.vector(all);
        } catch (IOException e) {
            throw DataReader.bad("cannot read the labels " + file + ": " + e.getMessage(), "give a text file");
        }
    }

    private static long number(String text, Path file, int line) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw DataReader.bad(
                    file + ", line " + (line + 1) + ": \"" + text + "\" is no label",
                    "give the number of a class in each line, or a .npy or idx file");
        }
    }
}
