package dev.lathe.runtime.input;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.SafeTensors;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A file that holds the value of an input. Its ending tells the format: {@code .npy}; {@code .npz} and
 * {@code .safetensors}, with {@code :entry} behind them unless they have one entry or one of the input's name;
 * {@code .pb}; {@code .bin} and {@code .raw}, the bare elements; and images.
 */
final class InputFile {
    /** What a file may end in, for messages and help. */
    static final String ENDINGS = ".npy, .npz, .pb, .safetensors, .bin, .raw, .png, .jpg, .gif or .bmp";

    private static final List<String> ARCHIVES = List.of("npz", "safetensors");
    private static final List<String> PICTURES = List.of("png", "jpg", "jpeg", "gif", "bmp");
    private static final List<String> RAW = List.of("bin", "raw");

    private final Port port;
    private final SymbolSizes sizes;
    private final PictureReader pictures;

    /** {@code sizes} are of the symbols as far as other inputs tell them. */
    InputFile(Port port, SymbolSizes sizes, PictureReader pictures) {
        this.port = port;
        this.sizes = sizes;
        this.pictures = pictures;
    }

    private static String ending(String text) {
        return text.substring(text.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    /** Whether the sizes of other inputs matter for what {@code text} names. */
    static boolean needsSizes(String text) {
        return PICTURES.contains(ending(text)) || RAW.contains(ending(text));
    }

    static boolean hasKnownEnding(String text) {
        String ending = ending(text);
        return needsSizes(text)
                || ending.equals("npy")
                || ending.equals("pb")
                || ARCHIVES.contains(ending)
                || archive(text) >= 0;
    }

    static boolean isArchive(String text) {
        return ARCHIVES.contains(ending(text));
    }

    static boolean exists(String text) {
        try {
            return Files.isRegularFile(Path.of(text));
        } catch (java.nio.file.InvalidPathException e) {
            return false;
        }
    }

    /** Where the name of an archive ends in {@code archive:entry}; -1 if there is none. */
    private static int archive(String text) {
        for (String ending : ARCHIVES) {
            int colon = text.lastIndexOf("." + ending + ":");
            if (colon >= 0) {
                return colon + ending.length() + 1;
            }
        }
        return -1;
    }

    /**
     * The value in the file.
     *
     * @throws LatheException if there is no such file, or it holds no such value
     */
    Datum read(String text) {
        int archive = archive(text);
        if (archive >= 0) {
            return entry(text.substring(0, archive), text.substring(archive + 1));
        }
        Path file = InputValues.path(text);
        if (!Files.isRegularFile(file)) {
            throw new LatheException(Diagnostic.error(
                    "input.file",
                    (Files.isDirectory(file) ? text + " is a folder, given" : "there is no file " + text)
                            + " for input \"" + port.name() + "\"",
                    "give a file, random, or a value such as [1, 2, 3]"));
        }
        String ending = ending(text);
        if (PICTURES.contains(ending)) {
            return picture(file);
        }
        return switch (ending) {
            case "npy" -> Npy.read(file);
            case "npz", "safetensors" -> entry(text, "");
            case "pb" -> TensorProtoFile.read(file, port.type());
            case "bin", "raw" -> new RawFile(port, sizes).read(file);
            default ->
                throw new LatheException(Diagnostic.error(
                        "input.format",
                        file + ", for input \"" + port.name() + "\", has a name that fits no known format",
                        "give a file that ends in " + ENDINGS));
        };
    }

    /** The tensors of an archive by name. */
    static Map<String, Tensor> entries(String file) {
        Path path = InputValues.path(file);
        return ending(file).equals("npz") ? Npz.read(path) : SafeTensors.read(path);
    }

    private Tensor entry(String file, String name) {
        Map<String, Tensor> entries = entries(file);
        Tensor found = name.isEmpty() && entries.size() == 1
                ? entries.values().iterator().next()
                : entries.get(name.isEmpty() ? port.name() : name);
        if (found == null) {
            List<String> names = new ArrayList<>(entries.keySet());
            throw new LatheException(Diagnostic.error(
                    "input.entry",
                    file + " has no entry \"" + (name.isEmpty() ? port.name() : name) + "\"",
                    Suggestion.of(name, names) + "name one as " + file + ":ENTRY; it has "
                            + String.join(", ", names.subList(0, Math.min(20, names.size())))));
        }
        return found;
    }

    private Tensor picture(Path file) {
        if (!(port.type() instanceof TensorType type)) {
            throw new LatheException(Diagnostic.error(
                    "input.image",
                    "input \"" + port.name() + "\" is " + port.type() + ", which is no image",
                    "give a .pb file"));
        }
        Map<String, Long> assumed = sizes.assumed();
        return pictures.read(file, port.name(), type, s -> assumed.containsKey(s) ? -1 : sizes.size(s));
    }
}
