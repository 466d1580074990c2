/** The target that writes Java. */
module dev.lathe.backend.java {
    requires transitive dev.lathe.backend;
    requires transitive dev.lathe.backend.plan;
    requires transitive dev.lathe.runtime;
    requires java.compiler;
    requires static org.jspecify;

    exports dev.lathe.backend.java;

    provides dev.lathe.backend.Backend with
            dev.lathe.backend.java.JavaBackend;
}
