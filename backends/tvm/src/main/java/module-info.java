/** The target that compiles by TVM. */
module dev.lathe.backend.tvm {
    requires transitive dev.lathe.backend;
    requires transitive dev.lathe.backend.device;
    requires dev.lathe.frontend;
    requires static org.jspecify;

    exports dev.lathe.backend.tvm;

    provides dev.lathe.backend.Backend with
            dev.lathe.backend.tvm.TvmBackend;
}
