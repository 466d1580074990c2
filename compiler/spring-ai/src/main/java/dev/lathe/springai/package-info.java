/**
 * An embedding model of Spring AI that runs on Lathe, {@link dev.lathe.springai.LatheEmbeddingModel}, and what makes it
 * a bean of a Spring Boot application, {@link dev.lathe.springai.LatheEmbeddingAutoConfiguration}. Both are a
 * {@link dev.lathe.text.TextEmbedder} and hold nothing but what Spring asks for.
 */
@NullMarked
package dev.lathe.springai;

import org.jspecify.annotations.NullMarked;
