package dev.lathe.backend;

import java.lang.module.ModuleDescriptor;
import org.jspecify.annotations.Nullable;

/** The version of Lathe that runs. */
public final class LatheVersion {
    private LatheVersion() {}

    /** Such as {@code 1.2.0}; {@code development} where classes are in no jar and in no module. */
    public static String current() {
        String manifest = LatheVersion.class.getPackage().getImplementationVersion();
        if (manifest != null) {
            return manifest;
        }
        @Nullable ModuleDescriptor module = LatheVersion.class.getModule().getDescriptor();
        return module == null ? "development" : module.rawVersion().orElse("development");
    }
}
