package io.ebla.clustertest.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Three etcd servers with their defaults. */
final class EtcdCluster extends ReplicatedServers {

    private static final int SERVERS = 3;
    private static final Pattern MEMBER = Pattern.compile("\"member_id\":\"(\\d+)\"");
    private static final Pattern LEADER = Pattern.compile("\"leader\":\"(\\d+)\"");

    EtcdCluster(Path directory) throws IOException, InterruptedException {
        List<Integer> ports = new ArrayList<>();
        List<String> peers = new ArrayList<>();
        List<String> members = new ArrayList<>();
        for (int i = 0; i < SERVERS; i++) {
            ports.add(MeasuredServer.freePort());
            peers.add("http://127.0.0.1:" + MeasuredServer.freePort());
            members.add("e" + i + "=" + peers.get(i));
        }
        for (int i = 0; i < SERVERS; i++) {
            String client = "http://127.0.0.1:" + ports.get(i);
            List<String> command =
                    List.of(
                            Servers.ETCD.toString(),
                            "--name=e" + i,
                            "--data-dir=" + directory.resolve("e" + i),
                            "--listen-client-urls=" + client,
                            "--advertise-client-urls=" + client,
                            "--listen-peer-urls=" + peers.get(i),
                            "--initial-advertise-peer-urls=" + peers.get(i),
                            "--initial-cluster=" + String.join(",", members),
                            "--quota-backend-bytes=8589934592",
                            "--log-level=error");
            Path log = directory.resolve("e" + i + ".log");
            put("e" + i, MeasuredServer.launch(command, ports.get(i), log));
        }
        await("an etcd leader", () -> leaderNow() != null);
    }

    @Override
    MeasuredServer leader() throws IOException {
        return leaderNow();
    }

    private MeasuredServer leaderNow() throws IOException {
        for (String id : ids()) {
            String status = ask(server(id), "POST", "/v3/maintenance/status", "{}");
            Matcher member = MEMBER.matcher(status);
            Matcher leader = LEADER.matcher(status);
            if (member.find() && leader.find() && member.group(1).equals(leader.group(1))) {
                return server(id);
            }
        }
        return null;
    }

    @Override
    String syncsPath(String id) {
        return "/metrics";
    }

    @Override
    String syncsMetric() {
        return "etcd_disk_wal_fsync_duration_seconds_count";
    }
}
