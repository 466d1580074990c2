package dev.lathe.cli;

import dev.lathe.runtime.input.PictureOptions;
import dev.lathe.runtime.input.PictureReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the pixels of an image become numbers; a compiled jar has the same options. */
final class PictureFlags {
    @Option(
            names = "--scale",
            paramLabel = "X",
            description = "Images: multiply pixels, which are 0 to 255, by X first. Default: 1/255.")
    private @Nullable String scale;

    @Option(
            names = "--mean",
            paramLabel = "X[,X,X]",
            hideParamSyntax = true,
            description =
                    "Images: then subtract this, for all channels or each, for example 0.485,0.456,0.406. Default:"
                            + " 0.")
    private @Nullable String mean;

    @Option(
            names = "--std",
            paramLabel = "X[,X,X]",
            hideParamSyntax = true,
            description = "Images: then divide by this, for example 0.229,0.224,0.225. Default: 1.")
    private @Nullable String std;

    @Option(names = "--bgr", description = "Images: put blue first.")
    private boolean bgr;

    @Option(
            names = "--fit",
            paramLabel = "stretch|crop|letterbox",
            description =
                    "Images of another ratio: stretch them, scale the shorter side and cut out the centre, or scale"
                            + " the longer side and put bars beside them. Default: stretch.")
    private @Nullable String fit;

    @Option(
            names = "--resize",
            paramLabel = "N",
            description = "Images, with --fit crop: scale the shorter side to N before the centre is cut out, as 256"
                    + " for an input of 224. Default: the side of the input.")
    private @Nullable String resize;

    @Option(
            names = "--pad",
            paramLabel = "N",
            description = "Images, with --fit letterbox: the pixels of the bars, for example 114. Default: 0.")
    private @Nullable String pad;

    PictureReader reader() {
        PictureOptions options = new PictureOptions();
        if (scale != null) {
            options.scale(scale);
        }
        if (mean != null) {
            options.mean(mean);
        }
        if (std != null) {
            options.std(std);
        }
        if (bgr) {
            options.bgr();
        }
        if (fit != null) {
            options.fit(fit);
        }
        if (resize != null) {
            options.resize(resize);
        }
        if (pad != null) {
            options.pad(pad);
        }
        return options.reader();
    }
}
