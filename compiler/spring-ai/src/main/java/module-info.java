/** An embedding model of Spring AI. Spring's modules have the names of their files or manifests. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module dev.lathe.springai {
    requires transitive dev.lathe.text;
    requires transitive micrometer.observation;
    requires transitive spring.ai.commons;
    requires transitive spring.ai.model;
    requires transitive spring.beans;
    requires transitive spring.boot.autoconfigure;
    requires transitive spring.boot;
    requires transitive spring.context;
    requires transitive spring.core;
    requires static org.jspecify;

    exports dev.lathe.springai;

    opens dev.lathe.springai to
            spring.beans,
            spring.core,
            spring.context;
}
