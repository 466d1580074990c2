/**
 * The target {@code opencl}: an OpenCL C program, and the plan of a model as launches of its kernels. The system's own
 * OpenCL loader is called through {@code java.lang.foreign}, and only if somebody asks for this target. Start at
 * {@link dev.lathe.backend.opencl.OpenClBackend}; {@code OpenCl} is the binding.
 */
@NullMarked
package dev.lathe.backend.opencl;

import org.jspecify.annotations.NullMarked;
