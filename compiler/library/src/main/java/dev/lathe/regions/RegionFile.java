package dev.lathe.regions;

import dev.lathe.Placement;
import dev.lathe.backend.Artifact;
import dev.lathe.backend.Backend;
import dev.lathe.backend.LatheVersion;
import dev.lathe.backend.LoadOptions;
import dev.lathe.backend.RoleText;
import dev.lathe.backend.StepText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.runtime.ModelArchive;
import dev.lathe.runtime.ModelArchiveWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.jar.JarFile;

/**
 * A model of regions in a jar, which holds the files of each region as the targets write them. They are unpacked to a
 * folder of their own while the model is loaded. A target may write its file anew then, such as an engine that was
 * built for another GPU; the jar gets it.
 */
public final class RegionFile implements Artifact {
    /** What the manifest says is the target. */
    private static final String TARGET = "regions";

    private static final String TABLE = "regions.txt";
    private static final String PLACEMENT = "placement.txt";
    private static final String INPUTS = "inputs.lir";
    private static final String OUTPUTS = "outputs.lir";
    private static final String ROLES = "META-INF/lathe-roles.txt";
    private static final String STEPS = "META-INF/lathe-steps.txt";

    private final Path file;
    private final String name;
    private final String version;
    /** All entries but the files. */
    private final Map<String, byte[]> entries;

    private final RegionTable table;
    private final LoadOptions options;
    private final Function<String, Backend> targets;

    private RegionFile(
            Path file,
            String name,
            String version,
            Map<String, byte[]> entries,
            LoadOptions options,
            Function<String, Backend> targets) {
        this.file = file;
        this.name = name;
        this.version = version;
        this.entries = entries;
        this.table = RegionTable.parse(text(TABLE));
        this.options = options;
        this.targets = targets;
    }

    private String text(String entry) {
        return new String(entries.getOrDefault(entry, new byte[0]), StandardCharsets.UTF_8);
    }

    // Writing.

    static void write(RegionArtifact artifact, Path file) throws IOException {
        RegionInterface model = artifact.model();
        try (RegionFolder folder = new RegionFolder()) {
            for (int i = 0; i < artifact.regions().size(); i++) {
                Region r = artifact.regions().get(i);
                r.artifact().write(folder.region(i).resolve("region" + r.ending()));
            }
            RegionTable table = RegionTable.of(artifact.regions(), folder.files(), model.values());
            ModelArchiveWriter jar = new ModelArchiveWriter(
                    TARGET + "." + model.name(), LatheVersion.current(), folder.contents(table.files()));
            jar.put(TABLE, table.text());
            jar.put(PLACEMENT, artifact.placement() + "\n");
            jar.put(INPUTS, RegionInterface.text(model.inputs()));
            jar.put(OUTPUTS, RegionInterface.text(model.outputs()));
            jar.put(ROLES, RoleText.of(model.roles()));
            jar.put(STEPS, StepText.of(artifact.steps()));
            jar.put(ModelArchive.MODEL_TEXT, ModelArchive.text(model.inputs(), model.outputs()));
            jar.attribute(ModelArchive.TARGET, TARGET);
            jar.write(file);
        }
    }

    /** Puts files in the place of those that the jar holds. */
    private void writeAgain(RegionFolder folder) throws IOException {
        ModelArchiveWriter jar = new ModelArchiveWriter(TARGET + "." + name, version, folder.contents(table.files()));
        entries.forEach((entry, bytes) -> {
            if (!entry.equals(JarFile.MANIFEST_NAME)) {
                jar.put(entry, bytes);
            }
        });
        jar.attribute(ModelArchive.TARGET, TARGET);
        jar.write(file);
    }

    @Override
    public boolean isFile() {
        return true;
    }

    @Override
    public void write(Path to) throws IOException {
        try (FileChannel from = FileChannel.open(file);
                Arena arena = Arena.ofShared()) {
            MemorySegment all = from.map(FileChannel.MapMode.READ_ONLY, 0, from.size(), arena);
            WholeFile.replace(to, channel -> WholeFile.put(channel, all));
        }
    }

    // Reading.

    /**
     * Opens a jar that {@link RegionArtifact#write} wrote; empty if it is not one.
     *
     * @param targets the backend of each name
     * @throws LatheException {@code artifact.corrupt} if it is damaged
     */
    public static Optional<RegionFile> open(Path file, LoadOptions options, Function<String, Backend> targets) {
        if (!ModelArchive.isJar(file)) {
            return Optional.empty();
        }
        try (ModelArchive archive = ModelArchive.open(file)) {
            if (!archive.target().equals(TARGET)) {
                return Optional.empty();
            }
            Map<String, byte[]> entries = archive.check();
            return Optional.of(new RegionFile(file, plainName(archive), archive.version(), entries, options, targets));
        }
    }

    private static String plainName(ModelArchive archive) {
        return archive.className().substring(TARGET.length() + 1);
    }

    /**
     * The target that the model was compiled for: that of the regions which are not target java's, if there are any.
     */
    public String target() {
        return table.rows().stream()
                .map(RegionTable.Row::target)
                .filter(t -> !t.equals("java"))
                .findFirst()
                .orElse("java");
    }

    @Override
    public List<ModelStep> steps() {
        return StepText.parse(text(STEPS));
    }

    @Override
    public Executable load() {
        return unpacked(RegionArtifact::load);
    }

    @Override
    public Executable load(StepTimes times) {
        return unpacked(a -> a.load(times));
    }

    private Executable unpacked(Function<RegionArtifact, Executable> load) {
        List<Tensor> contents;
        try (ModelArchive archive = ModelArchive.open(file)) {
            contents = archive.weights();
        }
        try (RegionFolder folder = new RegionFolder()) {
            folder.unpack(table.files(), contents);
            Map<Path, Object> before = folder.versions();
            Executable loaded = load.apply(artifact(folder));
            if (!folder.versions().equals(before)) {
                keep(folder);
            }
            return loaded;
        } catch (IOException e) {
            throw new LatheException(Diagnostic.error(
                    "artifact.file",
                    file + " cannot be unpacked: " + WholeFile.reason(e),
                    "check that the folder for temporary files has room: java.io.tmpdir"));
        }
    }

    private void keep(RegionFolder folder) {
        try {
            writeAgain(folder);
        } catch (IOException e) {
            System.getLogger("dev.lathe.regions")
                    .log(
                            System.Logger.Level.WARNING,
                            file + " cannot be written, and what was built again is lost: " + WholeFile.reason(e));
        }
    }

    private RegionArtifact artifact(RegionFolder folder) {
        List<ModelStep> steps = steps();
        List<Region> regions = new ArrayList<>();
        int first = 0;
        for (int i = 0; i < table.rows().size(); i++) {
            RegionTable.Row row = table.rows().get(i);
            Backend backend = targets.apply(row.target());
            Path own = folder.region(i).resolve("region" + backend.fileEnding());
            Artifact artifact = backend.open(own, options)
                    .orElseThrow(() -> RegionTable.corrupt("region " + row.target() + " is no file of that target"));
            if (first + row.steps() > steps.size()) {
                throw RegionTable.corrupt("there are fewer steps than regions have");
            }
            regions.add(new Region(
                    row.target(),
                    backend.fileEnding(),
                    artifact,
                    row.inputs(),
                    row.outputs(),
                    row.timed(),
                    steps.subList(first, first + row.steps())));
            first += row.steps();
        }
        Map<String, InputRole> roles = RoleText.parse(text(ROLES));
        RegionInterface model = new RegionInterface(
                name, RegionInterface.ports(text(INPUTS)), RegionInterface.ports(text(OUTPUTS)), table.values(), roles);
        return new RegionArtifact(model, regions, List.of(), new Placement(List.of()));
    }
}
