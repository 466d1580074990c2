package dev.lathe.tokenizers.postprocessor;

import dev.lathe.tokenizers.json.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Special tokens and texts in an order that the file says, one for a text and one for two. */
record Template(List<Piece> single, List<Piece> pair) implements PostProcessor {
    sealed interface Piece {
        /** A text, by its place, with the type of its tokens. */
        record Text(int place, int type) implements Piece {}

        /** Special tokens. */
        record Special(List<String> tokens, int[] ids, int type) implements Piece {}
    }

    static Template read(Config config) {
        Config specials = config.has("special_tokens")
                ? config.object("special_tokens")
                : new Config(config.file(), config.path(), Map.of());
        Template template = new Template(pieces(config, "single", specials), pieces(config, "pair", specials));
        if (template.single.stream().anyMatch(p -> p instanceof Piece.Text t && t.place == 1)) {
            throw config.bad("the template for one text has a second");
        }
        return template;
    }

    private static List<Piece> pieces(Config config, String name, Config specials) {
        List<Piece> pieces = new ArrayList<>();
        for (Config piece : config.objects(name)) {
            if (piece.has("Sequence")) {
                Config text = piece.object("Sequence");
                String id = text.string("id");
                if (!id.equals("A") && !id.equals("B")) {
                    throw text.bad("the text \"" + id + "\" of a template is neither A nor B");
                }
                pieces.add(new Piece.Text(id.equals("A") ? 0 : 1, text.integer("type_id", Integer.MAX_VALUE)));
            } else {
                Config token = piece.object("SpecialToken");
                pieces.add(special(specials.object(token.string("id")), token.integer("type_id", Integer.MAX_VALUE)));
            }
        }
        return List.copyOf(pieces);
    }

    private static Piece special(Config special, int type) {
        List<?> ids = special.list("ids");
        List<String> tokens = new ArrayList<>();
        for (Object token : special.list("tokens")) {
            tokens.add(String.valueOf(token));
        }
        int[] numbers = new int[ids.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(ids.get(i) instanceof Long id) || id < 0 || id > Integer.MAX_VALUE) {
                throw special.bad("a special token has the id " + ids.get(i));
            }
            numbers[i] = id.intValue();
        }
        if (tokens.size() != numbers.length) {
            throw special.bad("a special token has " + tokens.size() + " tokens and " + numbers.length + " ids");
        }
        return new Piece.Special(List.copyOf(tokens), numbers, type);
    }

    @Override
    public int added(boolean isPair) {
        int added = 0;
        for (Piece piece : isPair ? pair : single) {
            added += piece instanceof Piece.Special s ? s.ids.length : 0;
        }
        return added;
    }

    @Override
    public List<Draft> process(List<Draft> drafts) {
        List<Draft> out = new ArrayList<>();
        for (Piece piece : drafts.size() == 2 ? pair : single) {
            switch (piece) {
                case Piece.Text(int place, int type) -> {
                    Draft text = drafts.get(place);
                    text.setTypes(type);
                    out.add(text.copy());
                }
                case Piece.Special(List<String> tokens, int[] ids, int type) -> {
                    Draft special = new Draft("", ids.length);
                    for (int i = 0; i < ids.length; i++) {
                        special.addSpecial(ids[i], type, tokens.get(i));
                    }
                    out.add(special);
                }
            }
        }
        return out;
    }
}
