package dev.lathe.serve;

import com.sun.net.httpserver.HttpServer;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.runtime.input.BatchAxis;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * Serves models over HTTP by the Open Inference Protocol, version 2, with its extension for binary data; metrics are at
 * {@code /metrics}. It listens on the loopback address unless told otherwise, and knows neither TLS nor passwords.
 *
 * {@snippet :
 * try (InferenceServer server = InferenceServer.builder().model("iris", executable).port(8080).start()) {
 *     server.await();
 * }
 * }
 *
 * <p>The JDK's HTTP server, which this runs on, takes one thing from a system property alone: a process should be
 * started with {@code -Dsun.net.httpserver.nodelay=true}, or answers of more than 8 kB may come 40 ms late.
 */
public final class InferenceServer implements AutoCloseable {
    private static final Duration CLOSING = Duration.ofSeconds(10);
    /** How long answers that are computed may take to leave. */
    private static final int LEAVING_SECONDS = 5;

    private final HttpServer http;
    private final Exchanges exchanges;
    private final Routes routes;
    private final Map<String, Routes.Entry> models;
    private final Map<String, BatchAxis> batching;
    private final MemoryBudget memory;
    private final CountDownLatch stopped = new CountDownLatch(1);

    private InferenceServer(Builder builder, ServerLimits limits) throws IOException {
        this.models = new LinkedHashMap<>();
        this.batching = new LinkedHashMap<>();
        builder.models.values().forEach(model -> {
            ModelMetrics metrics = new ModelMetrics(model.name());
            BatchAxis batches = limits.maxBatch() == 1
                    ? BatchAxis.none("the largest batch is set to 1")
                    : BatchAxis.of(model.executable());
            batching.put(model.name(), batches);
            models.put(model.name(), new Routes.Entry(model, new CallQueue(model, batches, limits, metrics), metrics));
        });
        this.memory = new MemoryBudget(
                Math.max(2L * limits.maxBodyBytes(), Runtime.getRuntime().maxMemory() / 4));
        this.routes = new Routes(models, limits, memory, builder.version);
        this.http = HttpServer.create(new InetSocketAddress(builder.host, builder.port), 0);
        this.exchanges = new Exchanges(limits);
        http.setExecutor(exchanges);
        http.createContext("/", routes);
        models.values().forEach(m -> m.queue().start());
        http.start();
    }

    /** What a server is made of. */
    public static Builder builder() {
        return new Builder();
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return http.getAddress();
    }

    /** The port that it listens on; the one that was free, if port 0 was asked for. */
    public int port() {
        return address().getPort();
    }

    /** The names of the models, in the order in which they were given. */
    public List<String> models() {
        return List.copyOf(models.keySet());
    }

    /** The symbol along which requests for a model share calls; empty if each has a call of its own. */
    public Optional<String> batchSymbol(String model) {
        return batching(model).symbol();
    }

    /** Why requests for a model do not share calls; empty if they do. */
    public String whyNoBatches(String model) {
        return batching(model).reason();
    }

    private BatchAxis batching(String model) {
        BatchAxis found = batching.get(model);
        if (found == null) {
            throw new IllegalArgumentException("no model is named \"" + model + "\", only " + batching.keySet());
        }
        return found;
    }

    /** The bytes that bodies and inputs of requests take now. */
    long memoryUsed() {
        return memory.used();
    }

    /** Waits until somebody stops the server. */
    public void await() throws InterruptedException {
        stopped.await();
    }

    /**
     * Stops: the server says that it is not ready, refuses new requests, and answers those that it has. What has not
     * run after {@code patience} is cancelled. The models stay open.
     */
    public void stop(Duration patience) {
        routes.stop();
        Deadline deadline = Deadline.after(patience);
        models.values().forEach(m -> m.queue().stop(deadline));
        http.stop(LEAVING_SECONDS); // returns when the last answer has left
        exchanges.close();
        stopped.countDown();
    }

    /** {@link #stop} with ten seconds of patience. */
    @Override
    public void close() {
        stop(CLOSING);
    }

    /** Models, an address, and limits. */
    public static final class Builder {
        private final Map<String, ServedModel> models = new LinkedHashMap<>();
        private InetAddress host = InetAddress.getLoopbackAddress();
        private int port = 8080;
        private String version = "";
        private int maxBatch = 16;
        private Duration batchWait = Duration.ZERO;
        private int maxBodyBytes = 64 << 20;
        private long maxElements = 16 << 20;
        private int maxCalls = Math.max(2, Runtime.getRuntime().availableProcessors());
        private int maxQueued = 256;
        private int maxExchanges = 1024;
        private Duration timeout = Duration.ofSeconds(60);
        private Duration clientTimeout = Duration.ofSeconds(30);

        private Builder() {}

        /**
         * A model to serve; the caller closes it after the server.
         *
         * @param name of letters, digits, dots, hyphens and underscores
         * @throws LatheException if the protocol cannot speak of it, or there is one of this name
         */
        public Builder model(String name, Executable executable) {
            if (models.put(name, ServedModel.of(name, executable)) != null) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "serve.name", "two models are named " + name, "name one of them: NAME=FILE")));
            }
            return this;
        }

        /** The address to listen on. Default: the loopback address, which other machines do not reach. */
        public Builder host(InetAddress newHost) {
            host = newHost;
            return this;
        }

        /** The port; 0 for one that is free. Default: 8080. */
        public Builder port(int newPort) {
            port = newPort;
            return this;
        }

        /** The version that the server says it has. Default: none. */
        public Builder version(String newVersion) {
            version = newVersion;
            return this;
        }

        /**
         * The most rows that requests may have together in one call; 1 for no batches. Only models whose rows were
         * found to be independent have batches. Default: 16.
         */
        public Builder maxBatch(int rows) {
            maxBatch = rows;
            return this;
        }

        /** How long a request may wait for others to share its call. Default: 0, only those that wait anyway do. */
        public Builder batchWait(Duration most) {
            batchWait = most;
            return this;
        }

        /** The most bytes of a request's body; more is 413. Default: 64 MiB. */
        public Builder maxBodyBytes(int most) {
            maxBodyBytes = most;
            return this;
        }

        /** The most elements of all inputs of a request; more is 413. Default: 16 million. */
        public Builder maxElements(long most) {
            maxElements = most;
            return this;
        }

        /** Calls of each model at a time. Default: one per processor, at least two. */
        public Builder maxCalls(int most) {
            maxCalls = most;
            return this;
        }

        /** Requests that may wait for each model; more is 429. Default: 256. */
        public Builder maxQueued(int most) {
            maxQueued = most;
            return this;
        }

        /**
         * Requests that may be read, computed or answered at a time; connections of more are closed. Default: 1024.
         */
        public Builder maxExchanges(int most) {
            maxExchanges = most;
            return this;
        }

        /**
         * How long a request may wait and compute, if it does not ask for less with the parameter {@code timeout}, in
         * microseconds; longer is 504. Default: 60 s.
         */
        public Builder timeout(Duration most) {
            timeout = most;
            return this;
        }

        /**
         * How long a client may take to send a request, and again to read the answer; then its connection is closed.
         * Default: 30 s.
         */
        public Builder clientTimeout(Duration most) {
            clientTimeout = most;
            return this;
        }

        /**
         * Starts to listen, after some calls of the models that find out whether they may have batches.
         *
         * @throws LatheException {@code serve.address} if it cannot listen there
         * @throws IllegalArgumentException if a limit is out of its range
         */
        public InferenceServer start() {
            ServerLimits limits = new ServerLimits(
                    maxBatch,
                    batchWait,
                    maxBodyBytes,
                    maxElements,
                    maxCalls,
                    maxQueued,
                    maxExchanges,
                    timeout,
                    clientTimeout);
            try {
                return new InferenceServer(this, limits);
            } catch (IOException e) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "serve.address",
                                "the server cannot listen on " + host.getHostAddress() + ", port " + port + ": "
                                        + e.getMessage(),
                                "choose another port, or 0 for one that is free")));
            }
        }
    }
}
