package dev.lathe.serve;

import dev.lathe.ir.tensor.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a client asks for.
 *
 * @param id what the answer repeats
 * @param inputs by name
 * @param outputs those that are wanted, in this order
 * @param timeout how long the client waits
 */
record InferenceRequest(
        Optional<String> id, Map<String, Tensor> inputs, List<RequestedOutput> outputs, Optional<Duration> timeout) {

    /**
     * An output that is wanted.
     *
     * @param binary whether as bytes behind the JSON, or as numbers in it
     */
    record RequestedOutput(String name, boolean binary) {}
}
