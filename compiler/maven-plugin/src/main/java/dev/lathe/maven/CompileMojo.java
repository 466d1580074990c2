package dev.lathe.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.model.Resource;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apache.maven.project.MavenProject;
import org.apache.maven.toolchain.ToolchainManager;
import org.codehaus.plexus.build.BuildContext;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.resolution.ArtifactRequest;
import org.eclipse.aether.resolution.ArtifactResolutionException;
import org.jspecify.annotations.Nullable;

/**
 * Compiles the models of a module: each becomes a class with typed methods among the module's sources, and weights
 * among its resources. Every {@code .onnx} and {@code .lir} file below {@link #directory} is a model; the folders that
 * it is in are the package of its class. A model is compiled again when its bytes, its options, the version of Lathe
 * or that of the JDK change, and what was made of a model goes when the model does.
 */
@Mojo(
        name = "compile",
        defaultPhase = LifecyclePhase.GENERATE_SOURCES,
        requiresDependencyCollection = ResolutionScope.COMPILE,
        threadSafe = true)
@SuppressWarnings("NullAway.Init") // Maven sets the parameters
public final class CompileMojo extends AbstractMojo {
    private static final String GROUP = "dev.lathe";
    private static final String RUNTIME = "lathe-runtime";
    private static final String IN_ARTIFACT = "!/";

    /** The folder of the models. */
    @Parameter(defaultValue = "${project.basedir}/src/main/models")
    private File directory;

    /** The package of classes whose model is in no folder of {@link #directory}. */
    @Parameter(property = "lathe.packageName", defaultValue = "model")
    private String packageName;

    /**
     * Options of some models, and models that are in artifacts. Each {@code <model>} has a {@code <file>}, a path in
     * {@link #directory}, or an {@code <artifact>}, {@code group:artifact:version!/path}; and, as they are needed,
     * {@code <packageName>}, {@code <className>}, {@code <shapes>} with an element for each input, {@code <numerics>},
     * {@code <level>}, {@code <passes>}, and other options of {@code lathe compile} as {@code <arguments>}.
     */
    @Parameter
    private List<ModelSettings> models = new ArrayList<>();

    /** Options of {@code lathe compile} for all models, a word each. */
    @Parameter
    private List<String> arguments = new ArrayList<>();

    /** The most memory that the compiler takes, such as {@code 4g}; a quarter of the machine's if it is not said. */
    @Parameter(property = "lathe.heap", defaultValue = "")
    private @Nullable String heap;

    /** Whether to compile nothing. */
    @Parameter(property = "lathe.skip", defaultValue = "false")
    private boolean skip;

    /** The folder for the classes with typed methods. */
    @Parameter(defaultValue = "${project.build.directory}/generated-sources/lathe")
    private File sources;

    /** The folder for the other classes and the weights. */
    @Parameter(defaultValue = "${project.build.directory}/generated-resources/lathe")
    private File resources;

    @Parameter(defaultValue = "${project.build.directory}/lathe", readonly = true)
    private File scratch;

    @Parameter(defaultValue = "${project}", readonly = true)
    private MavenProject project;

    @Parameter(defaultValue = "${session}", readonly = true)
    private MavenSession session;

    @Parameter(defaultValue = "${mojoExecution}", readonly = true)
    private MojoExecution execution;

    @Parameter(defaultValue = "${plugin.artifacts}", readonly = true)
    private List<Artifact> pluginArtifacts;

    private final ToolchainManager toolchains;
    private final RepositorySystem repositories;
    private final BuildContext build;

    /** The components of Maven that the goal uses. */
    @Inject
    public CompileMojo(ToolchainManager toolchains, RepositorySystem repositories, BuildContext build) {
        this.toolchains = toolchains;
        this.repositories = repositories;
        this.build = build;
    }

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skip) {
            getLog().info("skipped, by lathe.skip");
            return;
        }
        try {
            List<ModelTask> tasks = tasks();
            if (!tasks.isEmpty()) {
                requireRuntime();
            }
            compile(tasks);
        } catch (IOException e) {
            throw new MojoExecutionException("lathe:compile failed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MojoExecutionException("lathe:compile was interrupted", e);
        }
        project.addCompileSourceRoot(sources.getPath());
        Resource resource = new Resource();
        resource.setDirectory(resources.getPath());
        project.addResource(resource);
    }

    private void compile(List<ModelTask> tasks)
            throws IOException, InterruptedException, MojoExecutionException, MojoFailureException {
        CompilerProcess.Output output = new CompilerProcess.Output(sources.toPath(), resources.toPath());
        Path own = scratch.toPath().resolve(execution.getExecutionId());
        BuildRecords records = new BuildRecords(
                own.resolve("built"), output, Path.of(project.getBuild().getOutputDirectory()));
        records.removeParts();
        Set<String> names = tasks.stream().map(ModelTask::name).collect(Collectors.toSet());
        for (String removed : records.keep(names)) {
            getLog().info("removed what was made of " + removed);
            refresh();
        }
        if (tasks.isEmpty()) {
            getLog().info("no models in " + directory);
            return;
        }
        CompilerProcess compiler = new CompilerProcess(jdk(), classPath(), heap == null ? "" : heap);
        String version = compilerVersion(compiler);
        List<BuildRecords.Built> all = new ArrayList<>();
        List<Problem> errors = new ArrayList<>();
        for (ModelTask task : tasks) {
            Fingerprint sum = new Fingerprint().add(version);
            task.options().forEach(sum::add);
            task.source().addTo(sum);
            String fingerprint = sum.text();
            Optional<BuildRecords.Built> before = records.find(task.name());
            if (before.isPresent() && before.get().fingerprint().equals(fingerprint)) {
                getLog().debug(task.name() + " is as it was");
                requireOwnFiles(before.get(), all, records);
                all.add(before.get());
                continue;
            }
            long start = System.nanoTime();
            Path file = task.source().file(own.resolve("extracted"));
            build.removeMessages(file.toFile());
            CompilerProcess.Result result = compiler.run(file, task.options(), output, own.resolve("run"));
            boolean failed = result.problems().stream().anyMatch(Problem::isError);
            tell(task, file, result.problems());
            if (failed) {
                result.problems().stream().filter(Problem::isError).forEach(errors::add);
                continue;
            }
            BuildRecords.Built built = records.built(task.name(), fingerprint, result.files());
            records.put(built);
            requireOwnFiles(built, all, records);
            all.add(built);
            refresh();
            getLog().info(String.format(
                    Locale.ROOT, "compiled %s in %.1f s", task.name(), (System.nanoTime() - start) / 1e9));
        }
        if (!errors.isEmpty()) {
            throw new MojoFailureException(
                    errors.size() == 1
                            ? "a model does not compile: " + errors.get(0)
                            : errors.size() + " errors in models, which are above");
        }
    }

    /** Two models of one class overwrite each other, so both are compiled again when that is mended. */
    private static void requireOwnFiles(BuildRecords.Built built, List<BuildRecords.Built> others, BuildRecords records)
            throws IOException, MojoFailureException {
        for (BuildRecords.Built other : others) {
            if (built.sources().stream().anyMatch(other.sources()::contains)) {
                records.drop(built);
                records.drop(other);
                throw new MojoFailureException("error[model.class]: " + built.name() + " and " + other.name()
                        + " become one class, " + built.sources() + "\n  fix: give one of them a <className>");
            }
        }
    }

    private void tell(ModelTask task, Path file, List<Problem> problems) {
        for (Problem p : problems) {
            int severity = p.isError() ? BuildContext.SEVERITY_ERROR : BuildContext.SEVERITY_WARNING;
            build.addMessage(file.toFile(), 0, 0, task.name() + ": " + p, severity, null);
        }
    }

    private void refresh() {
        build.refresh(sources);
        build.refresh(resources);
    }

    /** The models of the folder in the order of their paths, then those of artifacts. */
    private List<ModelTask> tasks() throws IOException, MojoExecutionException, MojoFailureException {
        Map<String, ModelSettings> files = new TreeMap<>();
        Path root = directory.toPath();
        if (Files.isDirectory(root)) {
            try (Stream<Path> all = Files.walk(root)) {
                all.filter(ModelTask.ModelFile::isModel)
                        .filter(Files::isRegularFile)
                        .map(f -> root.relativize(f).toString().replace('\\', '/'))
                        .forEach(f -> files.put(f, ModelSettings.ofFile(f)));
            }
        }
        Map<String, ModelSettings> artifacts = new LinkedHashMap<>();
        Set<String> named = new HashSet<>();
        for (ModelSettings settings : models) {
            if (settings.file().isEmpty() == settings.artifact().isEmpty()) {
                throw new MojoFailureException(
                        "error[usage.model]: a <model> has neither <file> nor <artifact>, or both"
                                + "\n  fix: name a file of " + directory
                                + ", or an artifact as group:artifact:version!/path");
            }
            if (!named.add(settings.file() + settings.artifact())) {
                throw new MojoFailureException("error[usage.model]: two <model>s are " + settings.file()
                        + settings.artifact() + "\n  fix: leave one out");
            }
            if (!settings.artifact().isEmpty()) {
                artifacts.put(settings.artifact(), settings);
            } else if (files.replace(settings.file(), settings) == null) {
                throw new MojoFailureException("error[usage.model]: there is no model " + settings.file() + " in "
                        + directory + "; the models there are " + files.keySet() + "\n  fix: correct the <file>");
            }
        }
        List<ModelTask> tasks = new ArrayList<>();
        files.forEach((path, settings) -> {
            int folder = path.lastIndexOf('/');
            String own = folder < 0 ? packageName : path.substring(0, folder).replace('/', '.');
            tasks.add(new ModelTask(path, new ModelTask.ModelFile(root.resolve(path), true), options(settings, own)));
        });
        for (ModelSettings settings : artifacts.values()) {
            tasks.add(new ModelTask(settings.artifact(), source(settings.artifact()), options(settings, packageName)));
        }
        return tasks;
    }

    private List<String> options(ModelSettings settings, String ownPackage) {
        List<String> options = new ArrayList<>(arguments);
        options.addAll(settings.options(ownPackage));
        return options;
    }

    /** The artifact as a model, or the model in it. */
    private ModelTask.Source source(String coordinates) throws MojoExecutionException, MojoFailureException {
        int end = coordinates.indexOf(IN_ARTIFACT);
        String artifact = end < 0 ? coordinates : coordinates.substring(0, end);
        Path file;
        try {
            file = repositories
                    .resolveArtifact(
                            session.getRepositorySession(),
                            new ArtifactRequest(
                                    new DefaultArtifact(artifact), project.getRemoteProjectRepositories(), null))
                    .getArtifact()
                    .getFile()
                    .toPath();
        } catch (IllegalArgumentException e) {
            throw new MojoFailureException("error[usage.model]: " + e.getMessage()
                    + "\n  fix: write an artifact as group:artifact:version!/path");
        } catch (ArtifactResolutionException e) {
            throw new MojoExecutionException(e.getMessage(), e);
        }
        return end < 0
                ? new ModelTask.ModelFile(file, false)
                : new ModelTask.ModelEntry(file, coordinates.substring(end + IN_ARTIFACT.length()));
    }

    /** Compiled models run on the runtime of the version that compiled them. */
    private void requireRuntime() throws MojoFailureException {
        String version = execution.getVersion();
        Set<String> there = new HashSet<>();
        for (Artifact a : project.getArtifacts()) {
            if (a.getGroupId().equals(GROUP) && a.getArtifactId().equals(RUNTIME)) {
                there.add(a.getBaseVersion());
            }
        }
        if (!there.contains(version)) {
            throw new MojoFailureException("error[model.runtime]: compiled models need " + GROUP + ":" + RUNTIME + ":"
                    + version + ", and this module has "
                    + (there.isEmpty() ? "no such dependency" : "version " + String.join(", ", there))
                    + "\n  fix: add <dependency><groupId>" + GROUP + "</groupId><artifactId>" + RUNTIME
                    + "</artifactId><version>" + version + "</version></dependency>");
        }
    }

    private Jdk jdk() throws MojoFailureException {
        List<Jdk.Candidate> candidates = new ArrayList<>();
        Optional.ofNullable(toolchains.getToolchainFromBuildContext("jdk", session))
                .ifPresent(t -> candidates.add(candidate("the build's JDK toolchain", t.findTool("javac"))));
        toolchains
                .getToolchains(session, "jdk", Map.of("version", "[" + Jdk.OLDEST + ",)"))
                .forEach(t -> candidates.add(candidate("toolchains.xml", t.findTool("javac"))));
        Optional.ofNullable(System.getenv("JAVA_HOME"))
                .ifPresent(home -> candidates.add(new Jdk.Candidate("JAVA_HOME", Path.of(home))));
        candidates.add(new Jdk.Candidate("the Java that runs Maven", Path.of(System.getProperty("java.home"))));
        return Jdk.first(candidates).orElseThrow(() -> new MojoFailureException(Jdk.missing(candidates)));
    }

    private static Jdk.Candidate candidate(String from, @Nullable String javac) {
        Path home =
                javac == null ? Path.of("") : Path.of(javac).resolve("../..").normalize();
        return new Jdk.Candidate(from, home);
    }

    /** The plugin's dependencies, among them the command line. */
    private List<Path> classPath() {
        return pluginArtifacts.stream()
                .filter(a -> !a.getArtifactId().equals(execution.getArtifactId()))
                .map(a -> a.getFile().toPath())
                .toList();
    }

    /** All but the model and its options that a result depends on. */
    private String compilerVersion(CompilerProcess compiler) throws IOException {
        StringBuilder s = new StringBuilder("Java " + compiler.jdk().version());
        List<Artifact> sorted = new ArrayList<>(pluginArtifacts);
        sorted.sort(Comparator.comparing(Artifact::getId));
        for (Artifact a : sorted) {
            s.append('\n').append(a.getId());
            if (a.isSnapshot()) {
                s.append(' ').append(Files.getLastModifiedTime(a.getFile().toPath()));
            }
        }
        return s.toString();
    }
}
