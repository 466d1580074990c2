package dev.lathe.cli;

import dev.lathe.backend.Backends;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.runtime.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What people see, and scripts get as the exit code, when a command fails. */
record Failures(Main main) {

    /** A command line that cannot be understood. */
    int usage(ParameterException e, String[] args) {
        if (e.getCause() instanceof LatheException cause) {
            return told(cause);
        }
        CommandLine command = e.getCommandLine();
        String message = String.valueOf(e.getMessage());
        String what = (message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1))
                .replace("for option option", "for option"); // picocli says it twice of options that are maps
        String meant = "";
        Optional<String> unknown = unknown(e, args);
        if (unknown.isPresent()) {
            Optional<LatheException> absent = absentTarget(args);
            if (absent.isPresent()) {
                return told(absent.get());
            }
            String wrong = unknown.get();
            boolean option = wrong.startsWith("-");
            boolean group = !command.getSubcommands().isEmpty();
            what = option
                    ? "there is no option " + wrong
                    : group ? "there is no command " + wrong : "there is nothing that " + wrong + " could be for";
            meant = Suggestion.of(
                    wrong, option ? command.getCommandSpec().optionsMap().keySet() : commandsOf(command));
        } else if (e.getArgSpec() != null && e.getValue() != null) {
            meant = Suggestion.of(e.getValue(), valuesOf(e.getArgSpec()));
        }
        print(Diagnostic.error(
                "usage", what, meant + "see `" + command.getCommandSpec().qualifiedName() + " --help`"));
        return LatheException.Fault.USAGE.exitCode();
    }

    /**
     * The argument that means nothing: an option that the command does not have, also where picocli complains of
     * another first.
     */
    private static Optional<String> unknown(ParameterException e, String[] args) {
        Set<String> options = new HashSet<>();
        for (CommandLine c = e.getCommandLine(); c != null; c = c.getParent()) {
            options.addAll(c.getCommandSpec().optionsMap().keySet());
        }
        for (String arg : args) {
            int equals = arg.indexOf('=');
            String name = equals < 0 ? arg : arg.substring(0, equals);
            if (name.startsWith("--") && name.length() > 2 && !options.contains(name)) {
                return Optional.of(name);
            }
        }
        return e instanceof UnmatchedArgumentException unmatched
                ? unmatched.getUnmatched().stream().findFirst()
                : Optional.empty();
    }

    /** A target whose module is not here, and so not its flags either. */
    private static Optional<LatheException> absentTarget(String[] args) {
        for (int i = 0; i + 1 < args.length; i++) {
            if (args[i].equals("--target") && Backends.absent().containsKey(args[i + 1])) {
                try {
                    Backends.named(args[i + 1]);
                } catch (LatheException e) {
                    return Optional.of(e);
                }
            }
        }
        return Optional.empty();
    }

    private static Set<String> commandsOf(CommandLine command) {
        return command.getSubcommands().keySet();
    }

    /** What an option can be, as its help shows it: {@code strict|default}. */
    private static List<String> valuesOf(ArgSpec option) {
        List<String> words = new ArrayList<>();
        for (String word : option.paramLabel().split("[|\\[\\],.]+")) {
            if (word.equals(word.toLowerCase(Locale.ROOT)) && !word.isBlank()) {
                words.add(word);
            }
        }
        return words;
    }

    /** A command that threw. */
    int execution(Exception e, CommandLine command, ParseResult arguments) {
        return switch (e) {
            case LatheException fault -> told(fault);
            case UncheckedIOException io -> told(ofFile(causeOf(io)));
            case IOException io -> told(ofFile(io));
            case InvalidPathException path ->
                told(new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "usage.path", "this is no path: " + path.getInput(), "correct the path"))));
            default -> internal(e);
        };
    }

    private static IOException causeOf(UncheckedIOException e) {
        IOException cause = e.getCause();
        return cause == null ? new IOException(e.getMessage()) : cause;
    }

    private static LatheException ofFile(IOException e) {
        String what = switch (e) {
            case NoSuchFileException n -> "there is no file " + n.getFile();
            case AccessDeniedException a -> "no permission for " + a.getFile();
            case FileSystemException f
            when f.getFile() != null -> f.getFile() + ": " + (f.getReason() == null ? "cannot be used" : f.getReason());
            default -> "reading or writing failed: " + e.getMessage();
        };
        LatheException fault =
                new LatheException(Diagnostic.error("file", what, "check the path, the permissions and the disk"));
        fault.initCause(e);
        return fault;
    }

    private int told(LatheException fault) {
        print(fault.diagnostics());
        trace(fault);
        return fault.fault().exitCode();
    }

    private int internal(Throwable e) {
        print(Diagnostic.error(
                "internal",
                "Lathe failed: "
                        + String.valueOf(e).lines().limit(4).collect(Collectors.joining("\n"))
                        + "\nThis is a fault of Lathe, not of your model or of what you typed.",
                main.stacktrace()
                        ? "report it with the lines below, the command, and the model if you may share it"
                        : "report it with the command, and with what it prints when you add --stacktrace"));
        trace(e);
        return LatheException.Fault.INTERNAL.exitCode();
    }

    /** Errors that picocli does not hand to its handlers. */
    int error(Error e) {
        if (e instanceof OutOfMemoryError) {
            print(Diagnostic.error(
                    "memory",
                    "the Java heap of " + Memory.heapMegabytes() + " MB is too small",
                    Memory.advice("LATHE_JAVA_OPTS=-Xmx")));
            trace(e);
            return LatheException.Fault.INPUT.exitCode();
        }
        return internal(e);
    }

    private void trace(Throwable e) {
        if (main.stacktrace()) {
            e.printStackTrace(main.terminal().err());
        }
        main.terminal().err().flush();
    }

    private void print(Diagnostic d) {
        print(List.of(d));
    }

    private void print(List<Diagnostic> all) {
        new DiagnosticPrinter(main.terminal()).print(all);
        if (main.diagnostics() != null) {
            try {
                OutputFile.write(main.diagnostics(), JsonFlag.text(Told.of(all)) + "\n");
            } catch (LatheException e) {
                new DiagnosticPrinter(main.terminal()).print(e.diagnostics());
            }
        }
    }

    /** A diagnostic as {@code --diagnostics} writes it. */
    private record Told(String severity, String code, String location, String what, String why, String fix) {
        static List<Told> of(List<Diagnostic> all) {
            return all.stream()
                    .map(d -> new Told(
                            d.severity().name().toLowerCase(Locale.ROOT),
                            d.code(),
                            d.location().isNone() ? "" : d.location().toString(),
                            d.what(),
                            d.why(),
                            d.fix()))
                    .toList();
        }
    }
}
