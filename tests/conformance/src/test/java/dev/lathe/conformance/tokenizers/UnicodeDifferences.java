package dev.lathe.conformance.tokenizers;

/** Characters of which the reference, with older tables of Unicode, has another opinion than the JDK. */
final class UnicodeDifferences {
    private UnicodeDifferences() {}

    static boolean covers(int c) {
        return !Character.isDefined(c);
    }
}
