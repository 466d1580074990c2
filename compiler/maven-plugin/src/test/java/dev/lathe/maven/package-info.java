/** Tests of the Maven plugin: of its parts, and of whole builds by the Maven that runs the tests ({@code *IT}). */
@NullMarked
package dev.lathe.maven;

import org.jspecify.annotations.NullMarked;
