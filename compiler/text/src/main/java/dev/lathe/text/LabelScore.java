package dev.lathe.text;

/**
 * How well a label fits a text.
 *
 * @param score between 0 and 1, unless the model gives numbers of another kind
 */
public record LabelScore(String label, float score) {}
