package dev.lathe.backend.tensorrt;

import java.util.concurrent.atomic.AtomicReference;
import org.bytedeco.tensorrt.nvinfer.ILogger;

/** Hands TensorRT's messages to the logger {@code dev.lathe.tensorrt}, and keeps the last error. */
final class EngineLog extends ILogger {
    private static final System.Logger LOGGER = System.getLogger("dev.lathe.tensorrt");

    private final AtomicReference<String> lastError = new AtomicReference<>("");

    @Override
    public void log(Severity severity, String message) {
        switch (severity.intern()) {
            case kINTERNAL_ERROR, kERROR -> {
                lastError.set(message);
                LOGGER.log(System.Logger.Level.ERROR, message);
            }
            case kWARNING -> LOGGER.log(System.Logger.Level.WARNING, message);
            case kINFO -> LOGGER.log(System.Logger.Level.DEBUG, message);
            case kVERBOSE -> LOGGER.log(System.Logger.Level.TRACE, message);
        }
    }

    /** The last error; empty if there was none. */
    String lastError() {
        return lastError.get();
    }
}
