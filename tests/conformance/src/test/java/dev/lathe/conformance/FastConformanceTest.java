package dev.lathe.conformance;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.passes.Numerics;
import dev.lathe.verify.Tolerances;
import java.util.List;
import java.util.regex.Pattern;

/** The Java backend where it may round the factors of products: what has any is near enough. */
class FastConformanceTest extends OnnxConformance {
    private static final Pattern PRODUCTS = Pattern.compile(
            "(?i).*(conv|gemm|matmul|linear|attention|lstm|gru|rnn|einsum|bilinear|resnet|squeeze|unit|operator).*");

    @Override
    Executable load(Graph graph) {
        return JavaConformanceTest.load(graph, Numerics.FAST);
    }

    @Override
    List<OnnxTest> chosen(List<OnnxTest> suite, ModelForm mode) {
        return suite.stream()
                .filter(test -> PRODUCTS.matcher(test.name()).matches())
                .toList();
    }

    @Override
    List<ModelForm> modes() {
        return List.of(ModelForm.AS_WRITTEN, ModelForm.SYMBOLIC);
    }

    @Override
    Tolerances tolerances() {
        return Tolerances.of(Tolerance.ACCUMULATING).with(Numerics.FAST);
    }
}
