/** Serves models over HTTP by the Open Inference Protocol. */
module dev.lathe.serve {
    requires com.fasterxml.jackson.core;
    requires transitive dev.lathe.ir;
    requires dev.lathe.runtime;
    requires jdk.httpserver;
    requires static org.jspecify;

    exports dev.lathe.serve;
}
