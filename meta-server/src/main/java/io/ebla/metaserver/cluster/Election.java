package io.ebla.metaserver.cluster;

/**
 * The election that a tablet is in: an epoch has been given out for it and nobody has been recorded as
 * its master yet (E2).
 *
 * <p>It is kept apart from whatever else happens to the tablet. Only who gave the epoch out goes on with
 * it; another leader of the metadata takes a new epoch, which ends this one.
 *
 * @param epoch the epoch given out, the highest of the tablet
 * @param sinceMillis when it was given out, ms since the epoch
 */
public record Election(long epoch, long sinceMillis) {

    public Election {
        if (epoch <= 0) {
            throw new IllegalArgumentException("election of epoch " + epoch);
        }
    }
}
