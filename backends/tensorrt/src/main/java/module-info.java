/** The target that builds TensorRT engines. */
module dev.lathe.backend.tensorrt {
    requires transitive dev.lathe.backend;
    requires dev.lathe.frontend;
    requires dev.lathe.runtime;
    requires org.bytedeco.cuda;
    requires org.bytedeco.javacpp;
    requires org.bytedeco.tensorrt;
    requires static org.jspecify;

    exports dev.lathe.backend.tensorrt;

    provides dev.lathe.backend.Backend with
            dev.lathe.backend.tensorrt.TensorRtBackend;
}
