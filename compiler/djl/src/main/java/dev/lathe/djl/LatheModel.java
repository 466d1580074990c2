package dev.lathe.djl;

import ai.djl.BaseModel;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.ir.diag.LatheException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model of DJL in a {@code .jar} file that Lathe compiled, or an {@code .onnx} file that it compiles now. */
final class LatheModel extends BaseModel {
    private static final List<String> ENDINGS = List.of(".jar", ".onnx");

    LatheModel(String name, NDManager manager) {
        super(name);
        this.manager = manager;
        this.dataType = DataType.FLOAT32;
        manager.setName("latheModel");
    }

    /**
     * Loads the file {@code prefix}, {@code prefix.jar} or {@code prefix.onnx}, or else {@code model.jar} or
     * {@code model.onnx}.
     *
     * @param modelPath their folder, or the file itself
     * @param prefix the name of the model unless it is given
     * @param options {@code threads}, the most threads of a call
     */
    @Override
    public void load(Path modelPath, @Nullable String prefix, @Nullable Map<String, ?> options)
            throws IOException, MalformedModelException {
        if (block != null) {
            throw new UnsupportedOperationException("the engine Lathe runs no blocks of DJL, but files");
        }
        boolean isFile = Files.isRegularFile(modelPath);
        setModelDir(isFile ? modelPath.toAbsolutePath().getParent() : modelPath);
        Path file = isFile ? modelPath : file(prefix == null ? modelName : prefix);
        int threads = threads(options);
        try {
            Model model = file.toString().endsWith(".jar")
                    ? Lathe.open(file, LoadOptions.standard().withThreads(threads))
                    : Lathe.compile(
                            file, CompileOptions.builder().threads(threads).build());
            block = new LatheSymbolBlock(model.load(), manager);
        } catch (LatheException e) {
            throw new MalformedModelException(e.getMessage(), e);
        }
        wasLoaded = true;
    }

    private Path file(String prefix) throws IOException {
        Path exact = modelDir.resolve(prefix);
        if (Files.isRegularFile(exact)) {
            return exact;
        }
        for (String name : List.of(prefix, "model")) {
            for (String ending : ENDINGS) {
                Path file = modelDir.resolve(name + ending);
                if (Files.isRegularFile(file)) {
                    return file;
                }
            }
        }
        throw new FileNotFoundException(
                "there is no " + prefix + ".jar or .onnx in " + modelDir + ", nor a model.jar or model.onnx");
    }

    private static int threads(@Nullable Map<String, ?> options) {
        Object threads = options == null ? null : options.get("threads");
        try {
            return threads == null ? 0 : Integer.parseInt(threads.toString());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the option threads is no number: " + threads, e);
        }
    }

    @Override
    public void close() {
        if (block instanceof LatheSymbolBlock own) {
            own.close();
        }
        super.close();
    }
}
