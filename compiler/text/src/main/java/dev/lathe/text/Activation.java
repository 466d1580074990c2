package dev.lathe.text;

/** What makes scores of the outputs of a classifier. */
enum Activation {
    /** None. */
    IDENTITY,
    /** Each by itself: between 0 and 1. */
    SIGMOID,
    /** All together: they add up to 1. */
    SOFTMAX;

    /** The one of a class of PyTorch. */
    static Activation named(String type) {
        return switch (type.substring(type.lastIndexOf('.') + 1)) {
            case "Identity" -> IDENTITY;
            case "Sigmoid" -> SIGMOID;
            case "Softmax" -> SOFTMAX;
            case String other ->
                throw TextFaults.model(
                        "text.config",
                        "config.json names a function that is not known: " + other,
                        "known are Identity, Sigmoid and Softmax");
        };
    }

    float[] apply(float[] logits) {
        float[] scores = logits.clone();
        switch (this) {
            case IDENTITY -> {}
            case SIGMOID -> {
                for (int i = 0; i < scores.length; i++) {
                    scores[i] = (float) (1 / (1 + Math.exp(-logits[i])));
                }
            }
            case SOFTMAX -> {
                double largest = Double.NEGATIVE_INFINITY;
                for (float x : logits) {
                    largest = Math.max(largest, x);
                }
                double sum = 0;
                for (float x : logits) {
                    sum += Math.exp(x - largest);
                }
                for (int i = 0; i < scores.length; i++) {
                    scores[i] = (float) (Math.exp(logits[i] - largest) / sum);
                }
            }
        }
        return scores;
    }
}
