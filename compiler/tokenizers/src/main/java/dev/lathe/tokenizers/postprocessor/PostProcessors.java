package dev.lathe.tokenizers.postprocessor;

import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.model.Vocabulary;
import java.util.ArrayList;
import java.util.List;

/** Reads post-processors from a tokenizer's file, and applies them. */
public final class PostProcessors {
    private PostProcessors() {}

    /** That of BERT, with the ids of its special tokens. */
    public static PostProcessor bert(int first, int separator) {
        return new Framing(first, "[CLS]", separator, "[SEP]", false, null);
    }

    /** The post-processor that an object describes. */
    public static PostProcessor read(Config config, Vocabulary vocabulary) {
        return switch (config.type()) {
            case "BertProcessing" -> Framing.read(config, false, vocabulary::word);
            case "RobertaProcessing" -> Framing.read(config, true, vocabulary::word);
            case "TemplateProcessing" -> Template.read(config);
            case "ByteLevel" ->
                config.flag("trim_offsets", true)
                        ? new Trimming(config.flag("add_prefix_space", true), vocabulary::word)
                        : new Sequence(List.of());
            case "Sequence" ->
                new Sequence(config.objects("processors").stream()
                        .map(p -> read(p, vocabulary))
                        .toList());
            default -> throw config.unsupported("the post-processor " + config.type());
        };
    }

    /** One after the other. */
    private record Sequence(List<PostProcessor> parts) implements PostProcessor {
        @Override
        public int added(boolean pair) {
            return parts.stream().mapToInt(p -> p.added(pair)).sum();
        }

        @Override
        public List<Draft> process(List<Draft> drafts) {
            List<Draft> all = drafts;
            for (PostProcessor part : parts) {
                all = part.process(all);
            }
            return all;
        }
    }

    /** The tokens of a text, or of two, as one, after a processor. */
    public static Draft apply(PostProcessor processor, List<Draft> drafts) {
        for (int i = 0; i < drafts.size(); i++) {
            drafts.get(i).setTypes(i);
        }
        List<Draft> all = processor.process(new ArrayList<>(drafts));
        return all.isEmpty() ? new Draft("", 0) : Draft.joined(all);
    }

    /** That of a file without one. */
    public static PostProcessor none() {
        return new Sequence(List.of());
    }
}
