/** Models of LangChain4j that run on Lathe. LangChain4j has no module name of its own, so it is that of its file. */
@SuppressWarnings("requires-transitive-automatic")
module dev.lathe.langchain4j {
    requires transitive dev.lathe.text;
    requires transitive langchain4j.core;
    requires static org.jspecify;

    exports dev.lathe.langchain4j;
}
