package dev.lathe.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.lathe.text.TextScorer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A scoring model in this process, for reranking what a search found. Safe for use by several threads at a time. */
public final class LatheScoringModel implements ScoringModel, AutoCloseable {
    private final TextScorer scorer;

    private LatheScoringModel(TextScorer scorer) {
        this.scorer = scorer;
    }

    /**
     * Opens a cross-encoder in a folder.
     *
     * @throws dev.lathe.ir.diag.LatheException if a file is missing, or does not say what it should
     */
    public static LatheScoringModel open(Path folder) {
        return of(TextScorer.open(folder));
    }

    /** A model that is opened as {@code scorer} is; see {@link TextScorer#builder}. */
    public static LatheScoringModel of(TextScorer scorer) {
        return new LatheScoringModel(Objects.requireNonNull(scorer, "scorer"));
    }

    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        TextScorer.Scores all =
                scorer.scoreAll(query, segments.stream().map(TextSegment::text).toList());
        List<Double> scores = new ArrayList<>();
        for (float score : all.scores()) {
            scores.add((double) score);
        }
        return Response.from(scores, new TokenUsage(Math.toIntExact(all.tokens()), 0));
    }

    /** Closes the scorer. */
    @Override
    public void close() {
        scorer.close();
    }
}
