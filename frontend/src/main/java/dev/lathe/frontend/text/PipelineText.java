package dev.lathe.frontend.text;

import dev.lathe.grammar.LatheParser.OptionContext;
import dev.lathe.grammar.LatheParser.OptionValueContext;
import dev.lathe.grammar.LatheParser.PassContext;
import dev.lathe.grammar.LatheParser.PipelineContext;
import dev.lathe.ir.diag.LatheException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.antlr.v4.runtime.ParserRuleContext;

/** Pipelines as people write them: {@code canonicalize,quantize{mode=static,calibration="my data.npz"}}. */
public final class PipelineText {
    /** One pass with the options that are given. */
    public record Step(String name, Map<String, String> options) {
        public Step {
            options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
        }
    }

    private PipelineText() {}

    /**
     * The passes of a pipeline in order; none for an empty text.
     *
     * @throws LatheException with every problem of the text
     */
    public static List<Step> parse(String text) {
        Problems problems = new Problems(text, "pipeline", "pipeline.invalid", LatheException.Fault.USAGE);
        PipelineContext pipeline = Syntax.parser(text, problems).pipeline();
        problems.throwIfAny();
        List<Step> steps = new ArrayList<>();
        for (PassContext pass : pipeline.pass()) {
            Map<String, String> options = new LinkedHashMap<>();
            for (OptionContext o : pass.option()) {
                String key = solid(o.passName(), problems);
                if (options.put(key, value(o.optionValue(), problems)) != null) {
                    problems.add(o, "the option " + key + " is given twice", "remove one");
                }
            }
            steps.add(new Step(solid(pass.passName(), problems), options));
        }
        problems.throwIfAny();
        return steps;
    }

    private static String value(OptionValueContext value, Problems problems) {
        return value.STRING() != null ? Words.unquote(value.STRING().getText()) : solid(value, problems);
    }

    /** The text of several tokens, between which there must be no space. */
    private static String solid(ParserRuleContext words, Problems problems) {
        String text = words.getText();
        if (words.getStop().getStopIndex() - words.getStart().getStartIndex() + 1
                != text.codePointCount(0, text.length())) {
            problems.add(words, "`" + text + "` is written with spaces in it", "remove them, or quote the value");
        }
        return text;
    }
}
