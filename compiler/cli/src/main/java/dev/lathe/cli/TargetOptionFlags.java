package dev.lathe.cli;

import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.passes.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Each option that a target declares, as a flag of every command that has {@link TargetFlags}: {@code --NAME VALUE} is
 * {@code -T NAME=VALUE}. A flag that the command has itself stays the command's; {@code -T} says the other.
 */
final class TargetOptionFlags {
    private TargetOptionFlags() {}

    /** What targets declare by the name of the option; targets may share a name. */
    static Map<String, List<Options.Description>> declared() {
        Map<String, List<Options.Description>> all = new TreeMap<>();
        for (Backend target : Backends.all()) {
            for (Options.Description option : Options.describe(target.options())) {
                all.computeIfAbsent(option.name(), _ -> new ArrayList<>()).add(option);
            }
        }
        return all;
    }

    /** The targets that declare an option. */
    static List<String> targetsWith(String option) {
        return Backends.all().stream()
                .filter(t -> Options.describe(t.options()).stream()
                        .anyMatch(o -> o.name().equals(option)))
                .map(Backend::name)
                .toList();
    }

    /** The flag of an option of that name. */
    static String flag(String name) {
        return "--" + name;
    }

    /** Adds the flags to a command and to those below it. */
    static void addTo(CommandLine line) {
        addTo(line, declared());
    }

    private static void addTo(CommandLine line, Map<String, List<Options.Description>> declared) {
        CommandSpec spec = line.getCommandSpec();
        mixins(spec).map(CommandSpec::userObject).toList().forEach(mixin -> {
            if (mixin instanceof TargetFlags flags) {
                declared.forEach((name, options) -> {
                    if (!spec.optionsMap().containsKey(flag(name))) {
                        spec.addOption(option(name, options, flags));
                    }
                });
            }
        });
        line.getSubcommands().values().forEach(sub -> addTo(sub, declared));
    }

    /** Those of a command, and those inside of them. */
    private static Stream<CommandSpec> mixins(CommandSpec spec) {
        return spec.mixins().values().stream().flatMap(m -> Stream.concat(Stream.of(m), mixins(m)));
    }

    /** A flag that may be true needs no value; {@code -T NAME=false} says no to one that is true by itself. */
    private static OptionSpec option(String name, List<Options.Description> options, TargetFlags flags) {
        boolean isSwitch = options.stream().allMatch(o -> o.type().equals("boolean"));
        return OptionSpec.builder(flag(name))
                .hidden(true)
                .description(options.getFirst().text())
                .arity(isSwitch ? "0" : "1")
                .type(isSwitch ? boolean.class : String.class)
                .setter(new CommandLine.Model.ISetter() {
                    @Override
                    public <T> T set(T value) {
                        if (value != null) {
                            flags.flag(name, String.valueOf(value));
                        }
                        return value;
                    }
                })
                .build();
    }
}
