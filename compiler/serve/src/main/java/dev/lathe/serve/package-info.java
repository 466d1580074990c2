/**
 * Serves models over HTTP by the Open Inference Protocol, version 2: {@link dev.lathe.serve.InferenceServer} is all
 * that a service needs. A request passes {@code Exchanges} (one virtual thread each, cut off when its client is slow),
 * {@code Routes}, {@code RequestParser}, {@code CallQueue} (few threads that call the model, several requests at a time
 * where {@code BatchAxis} found that safe) and {@code ResponseWriter}.
 */
@NullMarked
package dev.lathe.serve;

import org.jspecify.annotations.NullMarked;
