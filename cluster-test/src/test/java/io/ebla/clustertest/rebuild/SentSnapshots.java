package io.ebla.clustertest.rebuild;

import io.ebla.clustertest.process.ClusterNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The snapshots that a node's log says it sent, in their order. */
record SentSnapshots(List<Stream> streams) {

    private static final Pattern BEGINS =
            Pattern.compile("event=snapshot_begins .*view=(\\S+) .*from_chunk=(\\d+)");
    private static final Pattern ENDS =
            Pattern.compile("event=snapshot_ends .*view=(\\S+) next_chunk=(\\d+) whole=(\\S+)");

    /**
     * @param from the first chunk that was sent
     * @param next the first that was not
     * @param whole whether it came to the end of the view
     */
    record Stream(String view, long from, long next, boolean whole) {}

    static SentSnapshots of(ClusterNode node) {
        List<Stream> streams = new ArrayList<>();
        for (String line : node.process().output().lines().toList()) {
            Matcher begins = BEGINS.matcher(line);
            if (begins.find()) {
                long from = Long.parseLong(begins.group(2));
                streams.add(new Stream(begins.group(1), from, from, false));
            }
            Matcher ends = ENDS.matcher(line);
            if (ends.find()) {
                end(streams, ends);
            }
        }
        return new SentSnapshots(List.copyOf(streams));
    }

    private static void end(List<Stream> streams, Matcher ends) {
        for (int i = 0; i < streams.size(); i++) {
            Stream open = streams.get(i);
            if (open.view().equals(ends.group(1)) && open.from() == open.next()) {
                long next = Long.parseLong(ends.group(2));
                boolean whole = Boolean.parseBoolean(ends.group(3));
                streams.set(i, new Stream(open.view(), open.from(), next, whole));
                return;
            }
        }
    }

    Stream last() {
        return streams.get(streams.size() - 1);
    }

    /** Chunks of that view that were sent more than once. */
    long sentTwice(String view) {
        List<Stream> ofView = streams.stream().filter(each -> each.view().equals(view)).toList();
        long sent = ofView.stream().mapToLong(each -> each.next() - each.from()).sum();
        return sent - ofView.stream().mapToLong(Stream::next).max().orElse(0);
    }
}
