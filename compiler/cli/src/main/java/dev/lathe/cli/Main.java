package dev.lathe.cli;

import dev.lathe.Lathe;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code lathe}. */
@Command(
        name = "lathe",
        subcommands = {
            CompileCommand.class,
            RunCommand.class,
            ServeCommand.class,
            BenchCommand.class,
            ProfileCommand.class,
            VerifyCommand.class,
            DiffCommand.class,
            ReproCommand.class,
            InspectCommand.class,
            OptCommand.class,
            PruneCommand.class,
            QuantizeCommand.class,
            ConvertCommand.class,
            CompressCommand.class,
            SensitivityCommand.class,
            AdviseCommand.class,
            PassesCommand.class,
            OpsCommand.class,
            DoctorCommand.class,
            DemoCommand.class,
            CompletionCommand.class,
        },
        description = "Compiles ONNX models to Java programs that need nothing but a JRE, and runs them.",
        footer = {
            "  lathe demo                               fetch a real model and use it",
            "  lathe compile model.onnx -o model.jar    then: java -jar model.jar --help",
            "  lathe run model.onnx                     run a model on random inputs",
            "  lathe inspect model.onnx                 see what is in a model",
            "",
            "`lathe COMMAND --help` explains a command. Exit codes: 0 done, 1 the model or an input is at fault,",
            "2 wrong usage, 3 a target cannot run here, 70 a fault of Lathe.",
        },
        versionProvider = Main.Version.class,
        scope = ScopeType.INHERIT,
        sortOptions = false,
        separator = " ",
        usageHelpWidth = 100,
        usageHelpAutoWidth = true,
        synopsisHeading = "Usage: ",
        descriptionHeading = "%n",
        parameterListHeading = "%nArguments:%n",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        footerHeading = "%nExamples:%n")
public final class Main implements Runnable {

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version and exit.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean version;

    @Option(names = "--stacktrace", scope = ScopeType.INHERIT, description = "Show where in Lathe an error comes from.")
    private boolean stacktrace;

    @Option(
            names = "--diagnostics",
            paramLabel = "FILE",
            description = "Before the command: also write what is wrong as JSON to FILE, a list.")
    private @Nullable Path diagnostics;

    Main(Terminal terminal) {
        this.terminal = terminal;
    }

    public static void main(String[] args) {
        int exit = execute(Terminal.system(), args);
        Terminal.end();
        System.exit(exit);
    }

    /** Runs one command that prints to these writers, without colours or progress; the exit code. */
    public static int execute(PrintWriter out, PrintWriter err, String... args) {
        return execute(Terminal.plain(out, err), args);
    }

    /** Runs one command; the exit code. */
    public static int execute(Terminal terminal, String... args) {
        Main main = new Main(terminal);
        Failures failures = new Failures(main);
        int exit;
        try {
            exit = commandLine(main, failures).execute(args);
        } catch (OutOfMemoryError | StackOverflowError | LinkageError | AssertionError e) {
            exit = failures.error(e);
        }
        terminal.out().flush();
        terminal.err().flush();
        return exit;
    }

    static CommandLine commandLine(Main main, Failures failures) {
        CommandLine line = new CommandLine(main);
        TargetOptionFlags.addTo(line);
        line.setOut(main.terminal.out());
        line.setErr(main.terminal.err());
        line.setColorScheme(Help.defaultColorScheme(main.terminal.coloured() ? Help.Ansi.ON : Help.Ansi.OFF));
        line.setUsageHelpAutoWidth(main.terminal.interactive());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(failures::usage);
        line.setExecutionExceptionHandler(failures::execution);
        return line;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }

    Terminal terminal() {
        return terminal;
    }

    boolean stacktrace() {
        return stacktrace;
    }

    /** The file for diagnostics that programs read; null if nobody asked for one. */
    @Nullable
    Path diagnostics() {
        return diagnostics;
    }

    /** What {@code --version} prints. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"lathe " + Lathe.version(), "Java " + Runtime.version()};
        }
    }
}
