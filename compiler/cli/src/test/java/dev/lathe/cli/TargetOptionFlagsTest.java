package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Backends;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** An option that a target declares is a flag of every command that has a target. */
class TargetOptionFlagsTest {
    private static final String MODEL = """
        graph @exp(%x: f32[2]) -> (f32[2]) {
          %y = exp(%x)
          return %y
        }
        """;

    @TempDir
    private Path folder;

    private Path model() {
        return TinyModels.write(folder.resolve("model.lir"), MODEL);
    }

    private List<String> classes(String... options) throws IOException {
        Path jar = folder.resolve("model.jar");
        List<Object> args = new ArrayList<>(List.of("compile", model(), "-o", jar));
        args.addAll(List.of(options));
        Cli cli = Cli.lathe(args.toArray());
        assertThat(cli.exit()).as(cli.err()).isZero();
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.stream().map(Object::toString).sorted().toList();
        }
    }

    @Test
    void aFlagIsTheOption() throws IOException {
        List<String> byFlag = classes("--package-name", "com.example", "--class-name", "Exponential");
        assertThat(byFlag).contains("com/example/Exponential.class");
        assertThat(byFlag).isEqualTo(classes("-T", "package-name=com.example", "-T", "class-name=Exponential"));
    }

    /** A command's own flag would stay its own; so far no target has an option of such a name. */
    @Test
    void allOptionsAreFlagsOfAllCommandsWithATarget() {
        StringWriter none = new StringWriter();
        Main main = new Main(Terminal.plain(new PrintWriter(none), new PrintWriter(none)));
        List<String> commands = new ArrayList<>();
        CommandLine line = Main.commandLine(main, new Failures(main));
        line.getSubcommands().forEach((command, sub) -> {
            Map<String, OptionSpec> options = sub.getCommandSpec().optionsMap();
            if (options.containsKey("--target-option")) {
                commands.add(command);
                assertThat(TargetOptionFlags.declared().keySet())
                        .as(command)
                        .isNotEmpty()
                        .allSatisfy(name -> assertThat(options.get("--" + name))
                                .isNotNull()
                                .satisfies(o -> assertThat(o.hidden()).isTrue()));
            }
        });
        assertThat(commands).contains("compile", "run", "serve", "bench", "profile", "verify", "diff", "repro");
    }

    @Test
    void aFlagOfAnotherTargetIsRefusedWithItsName() {
        Cli cli = Cli.lathe("run", model(), "--tune");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("error[usage.option]: target java has no option tune", "--target opencl");
        assertThat(cli.problems()).isOne();
    }

    @Test
    void aCompiledModelTakesNone() throws IOException {
        classes();
        Cli cli = Cli.lathe("run", folder.resolve("model.jar"), "--package-name", "com.example");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("error[usage.option]", "compiled already");
    }

    @Test
    void anOptionIsGivenOnce() {
        Cli cli = Cli.lathe("run", model(), "--package-name", "a", "-T", "package-name=b");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("error[usage.option]: --package-name and -T package-name");
        assertThat(Cli.lathe("run", model(), "--package-name", "a", "--package-name", "b")
                        .exit())
                .isEqualTo(2);
        assertThat(refused("-T", "package-name=a", "-T", "package-name=b"))
                .contains("error[usage.option]: -T package-name is given twice", "give it once");
    }

    @Test
    void anOptionHasANameAndAValue() {
        assertThat(refused("-T", "tune"))
                .contains("error[usage.option]: -T takes NAME=VALUE, and was given tune", "write -T tune=VALUE");
        assertThat(refused("-T", "=true")).contains("was given =true", "put a name before the =");
        assertThat(refused("--range", "batch")).contains("value for option '--range'", "KEY=VALUE");
    }

    @Test
    void whatAnOptionCannotBeSaysWhatItCan() {
        assertThat(refused("--target", "opencl", "-T", "tune=maybe"))
                .contains("option tune of target opencl cannot be maybe", "give true or false");
        assertThat(refused("--target", "opencl", "--tiles", "local"))
                .contains("did you mean local_memory?", "give device or registers or local_memory");
    }

    /** What is said of options that mean nothing. */
    private String refused(String... options) {
        List<Object> args = new ArrayList<>(List.of("compile", model(), "-o", folder.resolve("model.jar")));
        args.addAll(List.of(options));
        Cli cli = Cli.lathe(args.toArray());
        assertThat(cli.exit()).as(cli.err()).isEqualTo(2);
        assertThat(cli.problems()).as(cli.err()).isOne();
        return cli.err();
    }

    @Test
    void flagsOfATargetThatIsNotHereSayHowToGetIt() {
        assumeTrue(Backends.absent().containsKey("tensorrt"), "target tensorrt is on the class path");
        Cli cli = Cli.lathe("compile", model(), "-o", "model.engine", "--target", "tensorrt", "--min-shapes", "x:2");
        assertThat(cli.exit()).isEqualTo(3);
        assertThat(cli.err()).contains("error[target.unavailable]", "LATHE_TARGETS=tensorrt");
    }
}
