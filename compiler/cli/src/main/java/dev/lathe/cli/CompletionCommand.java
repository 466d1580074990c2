package dev.lathe.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lathe completion}. */
@Command(
        name = "completion",
        description = {
            "Print a script that completes commands and options in bash and zsh.",
            "",
            "Load it in the shell's start file.",
        },
        footer = {
            "  source <(lathe completion)                        in ~/.bashrc or ~/.zshrc",
            "  lathe completion > /etc/bash_completion.d/lathe   for everybody",
        })
final class CompletionCommand extends LatheCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        out().print(AutoComplete.bash("lathe", spec.root().commandLine()));
        return 0;
    }
}
