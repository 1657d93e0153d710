package io.ebla.tabletserver.api;

import io.ebla.tabletserver.TabletServerProperties;

/**
 * The bounds of what reads and writes of many rows hold in memory or do at a time.
 *
 * @param answerBytes rows in one answer that is not streamed: a page ends there, a many read is refused
 * @param chunkBytes rows made at a time for a stream
 * @param viewMillis how long one consistent view of a tablet is held
 * @param bulkBytes lines of one bulk write that wait for their answers
 * @param bulkErrors failed lines that a bulk write tells of one by one
 */
record RangeLimits(
        int answerBytes, int chunkBytes, long viewMillis, int bulkBytes, int bulkErrors) {

    static RangeLimits of(TabletServerProperties.Ranges settings) {
        return new RangeLimits(
                Math.toIntExact(settings.answer().toBytes()),
                Math.toIntExact(settings.chunk().toBytes()),
                settings.view().toMillis(),
                Math.toIntExact(settings.bulkInFlight().toBytes()),
                settings.bulkErrors());
    }
}
