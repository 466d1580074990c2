package dev.lathe.frontend.onnx.file;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TensorProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How many channels lie together in the blocked layout that ONNX Runtime's optimizer saves. The file does not say: it
 * was the number of the machine that saved it, 8 or 16. But sizes are rounded up to it, so often they tell.
 */
public final class BlockedChannels {
    /** The operators of that layout. */
    public static final String DOMAIN = "com.microsoft.nchwc";

    /** The attribute in which the importer hands on the size of a block. */
    public static final String BLOCK = "lathe_block";

    private static final int SMALL = 8;
    private static final int LARGE = 16;

    private final Map<String, TensorProto> weights = new HashMap<>();
    private final Map<String, Long> channels = new HashMap<>();
    private final Set<String> blocked = new HashSet<>();
    private boolean isSmall;
    private boolean isLarge;

    private BlockedChannels() {}

    /** The number, if the sizes of a model tell it. */
    public static OptionalInt of(GraphProto graph) {
        BlockedChannels b = new BlockedChannels();
        b.read(graph);
        return b.isSmall == b.isLarge ? OptionalInt.empty() : OptionalInt.of(b.isSmall ? SMALL : LARGE);
    }

    private void read(GraphProto graph) {
        graph.getInitializerList().forEach(t -> weights.put(t.getName(), t));
        for (NodeProto n : graph.getNodeList()) {
            for (AttributeProto a : n.getAttributeList()) {
                if (a.hasG()) {
                    read(a.getG());
                }
            }
            boolean inLayout = n.getDomain().equals(DOMAIN);
            if (inLayout && n.getOpType().equals("Conv") && n.getInputCount() > 1) {
                conv(n);
            } else if (inLayout && n.getOpType().equals("ReorderOutput") && n.getInputCount() > 0) {
                reorderOutput(n);
            } else if (n.getInputCount() > 0 && blocked.contains(n.getInput(0))) {
                Long same = channels.get(n.getInput(0));
                n.getOutputList().forEach(o -> {
                    blocked.add(o);
                    if (same != null) {
                        channels.put(o, same);
                    }
                });
            } else if (inLayout) {
                blocked.addAll(n.getOutputList());
            }
        }
    }

    private void conv(NodeProto n) {
        TensorProto w = weights.get(n.getInput(1));
        if (w == null || w.getDimsCount() < 2) {
            return;
        }
        long out = w.getDims(0);
        long in = w.getDims(1);
        isSmall |= out % LARGE != 0;
        boolean whole = n.getAttributeList().stream().noneMatch(a -> a.getName().equals("group") && a.getI() > 1);
        if (whole && in >= SMALL && in < LARGE) {
            // Fewer channels than a block are read as they are; as many are not.
            isSmall |= blocked.contains(n.getInput(0));
            isLarge |= !blocked.contains(n.getInput(0));
        } else if (whole && in % LARGE != 0 && in > LARGE) {
            isSmall = true;
        }
        n.getOutputList().forEach(o -> {
            blocked.add(o);
            channels.put(o, out);
        });
    }

    private void reorderOutput(NodeProto n) {
        Long given = channels.get(n.getInput(0));
        for (AttributeProto a : n.getAttributeList()) {
            if (given != null && a.getName().equals("channels")) {
                isLarge |= given - a.getI() >= SMALL;
            }
        }
    }
}
