/** From a graph to steps over buffers, for targets that write kernels. */
module dev.lathe.backend.plan {
    requires transitive dev.lathe.ir;
    requires transitive dev.lathe.passes;
    requires static org.jspecify;

    exports dev.lathe.backend.plan;
}
