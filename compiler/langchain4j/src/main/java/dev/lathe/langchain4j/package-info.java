/**
 * Models of LangChain4j that run on Lathe: {@link dev.lathe.langchain4j.LatheEmbeddingModel} is a
 * {@link dev.lathe.text.TextEmbedder}, {@link dev.lathe.langchain4j.LatheScoringModel} a
 * {@link dev.lathe.text.TextScorer}. They hold nothing but what LangChain4j asks for.
 */
@NullMarked
package dev.lathe.langchain4j;

import org.jspecify.annotations.NullMarked;
