/**
 * Where the time of a call goes: {@link dev.lathe.profile.Profiler} runs a model that tells of its steps, and puts each
 * under the roofline of the machine; {@link dev.lathe.profile.Profile} is what it found, {@link
 * dev.lathe.profile.ProfilePage} shows it. {@link dev.lathe.profile.RandomCalls} are the calls of any measurement.
 */
@NullMarked
package dev.lathe.profile;

import org.jspecify.annotations.NullMarked;
