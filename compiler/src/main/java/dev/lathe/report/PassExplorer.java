package dev.lathe.report;
import dev.lathe.passes.PassListener;
public final class PassExplorer implements PassListener { public String page(String t) { return t; } }
