/**
 * Real models at work: where they come from ({@link dev.lathe.demo.Zoo}), and the plain Java before and after them,
 * from images and sound to tensors and back. Start at {@link dev.lathe.demo.PageReader} or
 * {@link dev.lathe.demo.SpeechDetector}; each takes any {@link dev.lathe.ir.Executable}, whatever compiled it. What is
 * around models of text is in {@link dev.lathe.text}. The command line and the tests use them.
 */
@NullMarked
package dev.lathe.demo;

import org.jspecify.annotations.NullMarked;
