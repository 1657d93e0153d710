package io.ebla.clustertest.fault;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One system call of a trace by {@code strace -f -ttt -y}.
 *
 * @param line where its beginning stands in the trace, which is in the order of time
 * @param endLine where its end stands
 * @param arguments with the paths of descriptors and the text of buffers, as strace writes them
 */
record SystemCall(String name, int line, int endLine, String arguments) {

    private static final Pattern BEGUN = Pattern.compile("^(\\d+) +\\S+ (\\w+)\\((.*)$");
    private static final Pattern RESUMED =
            Pattern.compile("^(\\d+) +\\S+ <\\.\\.\\. (\\w+) resumed>(.*)$");
    private static final String UNFINISHED = "<unfinished ...>";

    /** The calls of a trace in the order of their beginnings; those that never ended are left out. */
    static List<SystemCall> parse(Stream<String> lines) {
        List<SystemCall> calls = new ArrayList<>();
        Map<String, SystemCall> open = new HashMap<>();
        int[] number = {0};
        lines.forEach(
                line -> {
                    number[0]++;
                    Matcher begun = BEGUN.matcher(line);
                    Matcher resumed = RESUMED.matcher(line);
                    if (resumed.matches()) {
                        SystemCall call = open.remove(resumed.group(1));
                        if (call != null) {
                            String arguments = call.arguments + resumed.group(3);
                            calls.add(new SystemCall(call.name, call.line, number[0], arguments));
                        }
                    } else if (begun.matches()) {
                        SystemCall call =
                                new SystemCall(
                                        begun.group(2), number[0], number[0], begun.group(3));
                        if (line.endsWith(UNFINISHED)) {
                            open.put(begun.group(1), call);
                        } else {
                            calls.add(call);
                        }
                    }
                });
        return calls;
    }

    boolean isSync() {
        return name.equals("fdatasync") || name.equals("fsync");
    }

    boolean isOnJournal() {
        int close = arguments.indexOf('>');
        return close > 0 && arguments.substring(0, close).contains("/journal/");
    }

    boolean isSocketWrite() {
        return !isSync() && !isOnJournal() && arguments.contains("HTTP/1.1 2");
    }
}
