package io.ebla.clustertest.bench;

import io.ebla.core.port.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Three etcd servers with their defaults, through their JSON gateway. */
public final class EtcdCluster extends ReplicatedServers {

    private static final List<String> MEMBERS = List.of("e0", "e1", "e2");
    private static final Pattern MEMBER = Pattern.compile("\"member_id\":\"(\\d+)\"");
    private static final Pattern LEADER = Pattern.compile("\"leader\":\"(\\d+)\"");
    private static final Pattern APPLIED = Pattern.compile("\"raft_applied_index\":\"(\\d+)\"");
    private static final String READY = "";

    private final Path directory;
    private final List<Integer> ports = new ArrayList<>();
    private final List<String> peers = new ArrayList<>();
    private int starts;

    public EtcdCluster(Path directory) throws IOException, InterruptedException {
        this.directory = directory;
        for (int i = 0; i < MEMBERS.size(); i++) {
            ports.add(FreePorts.next());
            peers.add("http://127.0.0.1:" + FreePorts.next());
        }
        for (String id : MEMBERS) {
            launch(id);
        }
        leaderId();
    }

    public static boolean installed() {
        return Files.isExecutable(Servers.ETCD);
    }

    private void launch(String id) throws IOException {
        int at = MEMBERS.indexOf(id);
        List<String> members = new ArrayList<>();
        for (int i = 0; i < MEMBERS.size(); i++) {
            members.add(MEMBERS.get(i) + "=" + peers.get(i));
        }
        String client = "http://127.0.0.1:" + ports.get(at);
        List<String> command =
                List.of(
                        Servers.ETCD.toString(),
                        "--name=" + id,
                        "--data-dir=" + directory.resolve(id),
                        "--listen-client-urls=" + client,
                        "--advertise-client-urls=" + client,
                        "--listen-peer-urls=" + peers.get(at),
                        "--initial-advertise-peer-urls=" + peers.get(at),
                        "--initial-cluster=" + String.join(",", members),
                        "--quota-backend-bytes=8589934592",
                        "--log-level=error");
        Path log = directory.resolve(id + "-" + starts++ + ".log");
        put(id, MeasuredServer.launch(command, ports.get(at), log));
    }

    @Override
    public List<String> writable() {
        return MEMBERS;
    }

    @Override
    public void start(String id) throws IOException, InterruptedException {
        launch(id);
        server(id).awaitReady(READY);
    }

    @Override
    String leaderNow() throws IOException {
        for (String id : ids()) {
            String status = status(id);
            Matcher member = MEMBER.matcher(status);
            Matcher leader = LEADER.matcher(status);
            if (member.find() && leader.find() && member.group(1).equals(leader.group(1))) {
                return id;
            }
        }
        return null;
    }

    @Override
    public boolean level(String id) throws IOException {
        String leader = leaderNow();
        long most = leader == null ? 0 : applied(leader);
        return most > 0 && applied(id) >= most;
    }

    private long applied(String id) throws IOException {
        Matcher index = APPLIED.matcher(status(id));
        return index.find() ? Long.parseLong(index.group(1)) : 0;
    }

    private String status(String id) throws IOException {
        return ask(server(id), "POST", "/v3/maintenance/status", "{}");
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
