/** An engine of DJL. DJL has a module name of its own in its manifest. */
@SuppressWarnings("requires-transitive-automatic")
module dev.lathe.djl {
    requires transitive ai.djl.api;
    requires transitive dev.lathe;
    requires static org.jspecify;

    exports dev.lathe.djl;

    provides ai.djl.engine.EngineProvider with
            dev.lathe.djl.LatheEngineProvider;
}
