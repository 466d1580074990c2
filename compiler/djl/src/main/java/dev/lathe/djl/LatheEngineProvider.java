package dev.lathe.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineProvider;

/** How DJL finds the engine. */
public final class LatheEngineProvider implements EngineProvider {
    @Override
    public String getEngineName() {
        return LatheEngine.NAME;
    }

    @Override
    public int getEngineRank() {
        return LatheEngine.RANK;
    }

    @Override
    public Engine getEngine() {
        return Holder.ENGINE;
    }

    /** Made when somebody asks for the engine. */
    private static final class Holder {
        static final Engine ENGINE = new LatheEngine();
    }
}
