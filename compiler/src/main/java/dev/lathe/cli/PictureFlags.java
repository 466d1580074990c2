package dev.lathe.cli;

import dev.lathe.input.PictureReader;
import java.util.List;
import picocli.CommandLine.Option;

/** How the pixels of a picture become numbers. */
final class PictureFlags {
    @Option(
            names = "--scale",
            paramLabel = "X",
            defaultValue = "0.00392156862745098",
            description = "Pictures: multiply pixels, which are 0 to 255, by X first. Default: 1/255.")
    private double scale;

    @Option(
            names = "--mean",
            paramLabel = "X[,X,X]",
            hideParamSyntax = true,
            split = ",",
            defaultValue = "0",
            description = "Pictures: then subtract this, for all channels or each, for example 0.485,0.456,0.406.")
    private List<Double> mean = List.of();

    @Option(
            names = "--std",
            paramLabel = "X[,X,X]",
            hideParamSyntax = true,
            split = ",",
            defaultValue = "1",
            description = "Pictures: then divide by this, for example 0.229,0.224,0.225.")
    private List<Double> std = List.of();

    @Option(names = "--bgr", description = "Pictures: put blue first.")
    private boolean bgr;

    PictureReader reader() {
        return new PictureReader(scale, mean, std, bgr);
    }
}
