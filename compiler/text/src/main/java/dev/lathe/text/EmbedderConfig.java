package dev.lathe.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What sentence-transformers' files say of a model: {@code modules.json} and what it names.
 *
 * @param transformer the folder of the transformer
 * @param pooling of the transformer's vectors
 * @param isNormalized whether vectors are scaled to length 1
 * @param others kinds of modules that only the exported model can have in it
 * @param prompts what is put before a text, by the name of its purpose
 * @param defaultPrompt the purpose where none is named
 */
record EmbedderConfig(
        ModelFiles transformer,
        Pooling pooling,
        boolean isNormalized,
        List<String> others,
        Map<String, String> prompts,
        Optional<String> defaultPrompt) {

    private static final String POOLING = "1_Pooling/config.json";

    static EmbedderConfig read(ModelFiles files) {
        ModelFiles transformer = files;
        Pooling pooling = files.json(POOLING).map(Pooling::read).orElse(Pooling.MEAN);
        boolean isNormalized = false;
        List<String> others = new ArrayList<>();
        Optional<byte[]> modules = files.read("modules.json");
        if (modules.isPresent()) {
            for (JsonObject module : JsonObject.parseAll(modules.get(), files + "/modules.json")) {
                String type = module.text("type").orElse("");
                ModelFiles inside = files.inside(module.text("path").orElse(""));
                switch (type.substring(type.lastIndexOf('.') + 1)) {
                    case "Transformer" -> transformer = inside;
                    case "Pooling" ->
                        pooling = inside.json("config.json").map(Pooling::read).orElse(Pooling.MEAN);
                    case "Normalize" -> isNormalized = true;
                    case String other -> others.add(other);
                }
            }
        }
        Optional<JsonObject> whole = files.json("config_sentence_transformers.json");
        return new EmbedderConfig(
                transformer,
                pooling,
                isNormalized,
                others,
                whole.flatMap(c -> c.object("prompts"))
                        .map(JsonObject::allTexts)
                        .orElse(Map.of()),
                whole.flatMap(c -> c.text("default_prompt_name")));
    }
}
