/**
 * What targets share that walk a plan and launch kernels: the {@link dev.lathe.backend.device.Launch} that a step
 * becomes, the memory and the sizes of a call, and the ops that the host runs. Start at {@link
 * dev.lathe.backend.device.DeviceExecution}.
 */
@NullMarked
package dev.lathe.backend.device;

import org.jspecify.annotations.NullMarked;
