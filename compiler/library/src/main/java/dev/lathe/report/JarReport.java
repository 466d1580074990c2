package dev.lathe.report;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.report.ModelReport.PortText;
import dev.lathe.runtime.ModelArchive;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is in the jar of a compiled model. It is read as data: no class of it is loaded, and nothing of it runs.
 *
 * @param name the model's name
 * @param modelClass the full name of the model's class
 * @param version the version of Lathe that compiled it
 * @param inputs what it takes
 * @param outputs what it gives
 * @param weights how many weights it holds
 * @param parameters elements of all weights
 * @param parameterBytes their bytes
 * @param parameterTypes bytes of weights by element type
 * @param classes its own classes
 * @param runtimeClasses the classes of the runtime that it brings along
 * @param sources its Java sources
 * @param checksums how many entries and weights have a checksum, all of which hold
 * @param bytes the size of the file
 */
public record JarReport(
        String name,
        String modelClass,
        String version,
        List<PortText> inputs,
        List<PortText> outputs,
        int weights,
        long parameters,
        double parameterBytes,
        Map<String, Double> parameterTypes,
        int classes,
        int runtimeClasses,
        int sources,
        int checksums,
        long bytes) {

    private static final String RUNTIME = "dev/lathe/";

    /**
     * Reads a jar, and compares all its checksums.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code artifact.corrupt} if it is damaged, {@code artifact.no-model}
     * if it is another file
     */
    public static JarReport of(Path jar) {
        try (ModelArchive archive = ModelArchive.open(jar)) {
            Map<String, byte[]> entries = archive.check();
            List<Tensor> weights = archive.weights();
            Map<String, Double> types = new TreeMap<>();
            weights.forEach(t -> types.merge(t.element().text(), (double) t.byteSize(), Double::sum));
            return new JarReport(
                    archive.name(),
                    archive.className(),
                    archive.version(),
                    ports(archive, "input"),
                    ports(archive, "output"),
                    weights.size(),
                    weights.stream().mapToLong(Tensor::size).sum(),
                    weights.stream().mapToDouble(Tensor::byteSize).sum(),
                    types,
                    count(entries, "", ".class") - count(entries, RUNTIME, ".class"),
                    count(entries, RUNTIME, ".class"),
                    count(entries, ModelArchive.SOURCES, ".java"),
                    entries.size() + weights.size(),
                    jar.toFile().length());
        }
    }

    private static List<PortText> ports(ModelArchive archive, String kind) {
        return archive.ports().stream()
                .filter(p -> p.kind().equals(kind))
                .map(p -> new PortText(p.name(), p.type()))
                .toList();
    }

    private static int count(Map<String, byte[]> entries, String start, String end) {
        return (int) entries.keySet().stream()
                .filter(name -> name.startsWith(start) && name.endsWith(end))
                .count();
    }
}
