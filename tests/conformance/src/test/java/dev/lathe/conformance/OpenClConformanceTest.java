package dev.lathe.conformance;

/** The OpenCL backend on a device of this machine. */
class OpenClConformanceTest extends DeviceConformance {
    OpenClConformanceTest() {
        super("opencl");
    }
}
