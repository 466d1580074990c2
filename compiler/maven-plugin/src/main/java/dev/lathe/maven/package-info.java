/**
 * The Maven plugin: {@link dev.lathe.maven.CompileMojo} makes classes of the models of a module. Maven loads this
 * package on JDKs from 17, so it holds nothing of Lathe; {@link dev.lathe.maven.CompilerProcess} runs the command line
 * in a JVM of its own. Start reading at the goal.
 */
@NullMarked
package dev.lathe.maven;

import org.jspecify.annotations.NullMarked;
