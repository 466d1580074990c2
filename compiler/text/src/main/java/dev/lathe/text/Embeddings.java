package dev.lathe.text;

import java.util.List;

/**
 * The vectors of texts.
 *
 * @param vectors one for each text, in the order of the texts
 * @param tokens how many tokens the model saw of all texts together, prompts included
 */
public record Embeddings(List<float[]> vectors, long tokens) {
    public Embeddings {
        vectors = List.copyOf(vectors);
    }
}
