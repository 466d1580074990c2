package dev.lathe.backend.tensorrt;

import java.util.concurrent.atomic.AtomicReference;
import org.bytedeco.tensorrt.nvinfer.ILogger;

/** Hands TensorRT's messages to the logger {@code dev.lathe.tensorrt}, and keeps the last error. */
final class EngineLog extends ILogger {
    private static final System.Logger LOGGER = System.getLogger("dev.lathe.tensorrt");

    private final boolean verbose;
    private final AtomicReference<String> lastError = new AtomicReference<>("");

    /** {@code verbose}: all is told as information, which loggers show by themselves. */
    EngineLog(boolean verbose) {
        this.verbose = verbose;
    }

    @Override
    public void log(Severity severity, String message) {
        System.Logger.Level level = level(severity, verbose);
        if (level == System.Logger.Level.ERROR) {
            lastError.set(message);
        }
        LOGGER.log(level, message);
    }

    /** Lathe's level for one of TensorRT. */
    static System.Logger.Level level(Severity severity, boolean verbose) {
        return switch (severity.intern()) {
            case kINTERNAL_ERROR, kERROR -> System.Logger.Level.ERROR;
            case kWARNING -> System.Logger.Level.WARNING;
            case kINFO -> verbose ? System.Logger.Level.INFO : System.Logger.Level.DEBUG;
            case kVERBOSE -> verbose ? System.Logger.Level.INFO : System.Logger.Level.TRACE;
        };
    }

    /** The last error; empty if there was none. */
    String lastError() {
        return lastError.get();
    }
}
