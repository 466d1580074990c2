/** What a target is. */
module dev.lathe.backend {
    requires transitive dev.lathe.ir;
    requires transitive dev.lathe.passes;
    requires static org.jspecify;

    exports dev.lathe.backend;

    uses dev.lathe.backend.Backend;

    provides dev.lathe.backend.Backend with
            dev.lathe.backend.ReferenceBackend;
}
