package dev.lathe.backend.device;

/** A device that failed, as what it runs on says. */
public abstract class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    protected DeviceException(String message) {
        super(message);
    }
}
