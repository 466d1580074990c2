/** What targets share that walk a plan and launch kernels. */
module dev.lathe.backend.device {
    requires transitive dev.lathe.backend.plan;
    requires transitive dev.lathe.runtime;
    requires static org.jspecify;

    exports dev.lathe.backend.device;
}
