/** The target that writes OpenCL C. */
module dev.lathe.backend.opencl {
    requires transitive dev.lathe.backend;
    requires transitive dev.lathe.backend.plan;
    requires dev.lathe.frontend;
    requires dev.lathe.runtime;
    requires static transitive org.jspecify;

    exports dev.lathe.backend.opencl;

    provides dev.lathe.backend.Backend with
            dev.lathe.backend.opencl.OpenClBackend;
}
