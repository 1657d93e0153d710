package io.ebla.cli.bench;

import java.net.URI;

/**
 * What a bench run does.
 *
 * @param reads percent of the requests that read
 * @param batch rows of one request
 * @param acks null for the server's default
 */
record BenchPlan(
        URI url,
        String table,
        int reads,
        int valueSize,
        int keys,
        int batch,
        int connections,
        int seconds,
        int warmUp,
        String acks,
        long seed) {

    BenchPlan {
        require(reads >= 0 && reads <= 100, "--reads", reads);
        require(valueSize >= 1 && valueSize <= 1 << 20, "--value-size", valueSize);
        require(keys >= 1, "--keys", keys);
        require(batch >= 1 && batch <= 1000 && batch <= keys, "--batch", batch);
        require(connections >= 1 && connections <= 4096, "--connections", connections);
        require(seconds >= 1, "--seconds", seconds);
        require(warmUp >= 0, "--warm-up", warmUp);
        if (!"http".equals(url.getScheme()) || url.getHost() == null) {
            throw new IllegalArgumentException("--url: '" + url + "' is not http://host:port");
        }
    }

    private static void require(boolean holds, String option, int value) {
        if (!holds) {
            throw new IllegalArgumentException(option + " cannot be " + value);
        }
    }

    String host() {
        return url.getHost();
    }

    int port() {
        return url.getPort() < 0 ? 80 : url.getPort();
    }

    /** Partition keys: with batches each holds the rows of one. */
    int groups() {
        return Math.max(1, keys / batch);
    }

    /** All of one length, so that requests are of one size. */
    static String pk(int group) {
        StringBuilder text = new StringBuilder("k");
        String digits = Integer.toString(group);
        return text.append("0".repeat(10 - digits.length())).append(digits).toString();
    }

    static String sk(int row) {
        return Integer.toString(1000 + row).substring(Integer.toString(1000 + row).length() - 3);
    }
}
