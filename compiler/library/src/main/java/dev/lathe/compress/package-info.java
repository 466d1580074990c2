/**
 * Compression of whole models: data, calibration, what was lost, and the report. Start with {@link
 * dev.lathe.compress.Compressor}.
 */
@NullMarked
package dev.lathe.compress;

import org.jspecify.annotations.NullMarked;
