/**
 * Inputs like those of practice, from files: {@link dev.lathe.data.DataReader} tells the format by a file's name. A
 * format is one small class.
 */
@NullMarked
package dev.lathe.data;

import org.jspecify.annotations.NullMarked;
