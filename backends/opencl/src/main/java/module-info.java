/** The target that writes OpenCL C. */
module dev.lathe.backend.opencl {
    requires transitive dev.lathe.backend;
    requires transitive dev.lathe.backend.device;
    requires dev.lathe.frontend;
    requires static org.jspecify;

    exports dev.lathe.backend.opencl;

    provides dev.lathe.backend.Backend with
            dev.lathe.backend.opencl.OpenClBackend;
}
