package dev.lathe.conformance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;

/**
 * A backend that needs a device of this machine, behind all passes. A device takes a good part of a second to compile a
 * model, so this is a sample, a test for each operator in one form; {@link ConformanceReport} with the name of the
 * target runs all.
 */
abstract class DeviceConformance extends OnnxConformance {
    /** Of so many operators one has constants for its inputs: passes leave little of such a model to a device. */
    private static final int CONSTANTS = 6;

    private final Backend backend;

    DeviceConformance(String target) {
        backend = Backends.named(target);
    }

    @BeforeEach
    void needsDevice() {
        Availability here = backend.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
    }

    /**
     * The first of the tests whose names begin with the same words before a number or a variant, in the form whose turn
     * it is.
     */
    @Override
    List<OnnxTest> chosen(List<OnnxTest> suite, ModelForm mode) {
        Map<String, OnnxTest> first = new LinkedHashMap<>();
        for (OnnxTest test : suite) {
            first.putIfAbsent(operator(test.name()), test);
        }
        List<OnnxTest> all = List.copyOf(first.values());
        return IntStream.range(0, all.size())
                .filter(i -> form(i) == mode)
                .mapToObj(all::get)
                .toList();
    }

    private static ModelForm form(int operator) {
        if (operator % CONSTANTS == CONSTANTS - 1) {
            return ModelForm.CONSTANT;
        }
        return operator % 2 == 0 ? ModelForm.AS_WRITTEN : ModelForm.SYMBOLIC;
    }

    /** {@code test_reduce} of {@code test_reduce_sum_keepdims_example}. */
    private static String operator(String name) {
        String[] words = name.replaceAll("[0-9].*", "").split("_");
        return String.join("_", Arrays.copyOf(words, Math.min(2, words.length)));
    }

    @Override
    Executable load(Graph graph) {
        return compiled(graph).load();
    }

    private Artifact compiled(Graph graph) {
        CompileOptions options = CompileOptions.builder().target(backend.name()).build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        Graph target = PassManager.run(canonical, backend.pipeline(options), options.passContext());
        return backend.compile(target, options);
    }
}
